-- function: assess.x
-- verdict: scriptError
-- reason: a negative amount

function program.assess.x(facts, settings, context)
  return grant(-1)
end
