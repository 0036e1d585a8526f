-- function: assess.x
-- verdict: scriptError
-- reason: xpcall: not in the environment

function program.assess.x(facts, settings, context)
  return xpcall(error, error)
end
