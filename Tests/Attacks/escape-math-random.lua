-- function: assess.x
-- verdict: scriptError
-- reason: chance: not in the environment

function program.assess.x(facts, settings, context)
  return math.random()
end
