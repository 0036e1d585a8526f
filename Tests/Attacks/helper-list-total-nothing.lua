-- function: assess.x
-- verdict: scriptError
-- reason: list.total given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = list.total
  call()
  return grant(0)
end
