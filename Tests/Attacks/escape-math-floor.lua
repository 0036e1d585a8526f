-- function: assess.x
-- verdict: scriptError
-- reason: functions on fractions: not in the environment

function program.assess.x(facts, settings, context)
  return math.floor(1)
end
