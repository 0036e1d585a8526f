-- function: assess.x
-- verdict: scriptError
-- reason: list.pluck given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = list.pluck
  call()
  return grant(0)
end
