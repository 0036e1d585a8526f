-- function: assess.x
-- verdict: scriptError
-- reason: no receiver

function program.assess.x(facts, settings, context)
  return grant(1).at_most()
end
