-- function: assess.x
-- verdict: scriptError
-- reason: string.find given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = string.find
  call()
  return grant(0)
end
