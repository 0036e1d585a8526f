-- function: assess.x
-- verdict: scriptError
-- reason: string.format given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = string.format
  call()
  return grant(0)
end
