-- function: assess.x
-- verdict: scriptError
-- reason: ipairs given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = ipairs
  call()
  return grant(0)
end
