-- function: assess.x
-- verdict: scriptError
-- reason: table.insert given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = table.insert
  call()
  return grant(0)
end
