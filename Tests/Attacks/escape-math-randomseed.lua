-- function: assess.x
-- verdict: scriptError
-- reason: seeds: not in the environment

function program.assess.x(facts, settings, context)
  return math.randomseed(1)
end
