-- function: assess.x
-- verdict: scriptError
-- reason: table.concat given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = table.concat
  call()
  return grant(0)
end
