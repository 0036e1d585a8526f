-- function: assess.x
-- verdict: scriptError
-- reason: list.has given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = list.has
  call()
  return grant(0)
end
