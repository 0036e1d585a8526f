-- function: assess.x
-- verdict: scriptError
-- reason: rawset: not in the environment

function program.assess.x(facts, settings, context)
  return rawset(settings, 'value', 1)
end
