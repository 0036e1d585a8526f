-- function: assess.x
-- verdict: scriptError
-- reason: table.remove given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = table.remove
  call()
  return grant(0)
end
