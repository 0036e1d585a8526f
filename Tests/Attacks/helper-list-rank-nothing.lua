-- function: assess.x
-- verdict: scriptError
-- reason: list.rank given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = list.rank
  call()
  return grant(0)
end
