-- function: assess.x
-- verdict: scriptError
-- reason: pairs given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = pairs
  call()
  return grant(0)
end
