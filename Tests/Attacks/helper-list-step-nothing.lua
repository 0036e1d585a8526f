-- function: assess.x
-- verdict: scriptError
-- reason: list.step given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = list.step
  call()
  return grant(0)
end
