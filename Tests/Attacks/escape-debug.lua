-- function: assess.x
-- verdict: scriptError
-- reason: debug: not in the environment

function program.assess.x(facts, settings, context)
  return debug.getinfo(1)
end
