-- function: assess.x
-- verdict: scriptError
-- reason: calling facts

function program.assess.x(facts, settings, context)
  return facts()
end
