-- function: assess.x
-- verdict: scriptError
-- reason: list.sample given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = list.sample
  call()
  return grant(0)
end
