-- function: assess.x
-- verdict: scriptError
-- reason: string.sub given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = string.sub
  call()
  return grant(0)
end
