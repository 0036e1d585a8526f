-- function: assess.x
-- verdict: scriptError
-- reason: load: not in the environment

function program.assess.x(facts, settings, context)
  return load('return 1')()
end
