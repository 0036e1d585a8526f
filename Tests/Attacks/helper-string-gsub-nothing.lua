-- function: assess.x
-- verdict: scriptError
-- reason: string.gsub given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = string.gsub
  call()
  return grant(0)
end
