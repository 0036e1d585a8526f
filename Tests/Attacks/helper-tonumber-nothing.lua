-- function: assess.x
-- verdict: scriptError
-- reason: tonumber given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = tonumber
  call()
  return grant(0)
end
