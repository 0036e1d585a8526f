-- function: assess.x
-- verdict: scriptError
-- reason: table.sort given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = table.sort
  call()
  return grant(0)
end
