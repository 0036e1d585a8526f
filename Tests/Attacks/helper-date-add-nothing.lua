-- function: assess.x
-- verdict: scriptError
-- reason: date.add given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = date.add
  call()
  return grant(0)
end
