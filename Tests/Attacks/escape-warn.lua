-- function: assess.x
-- verdict: scriptError
-- reason: warn: not in the environment

function program.assess.x(facts, settings, context)
  return warn('@on')
end
