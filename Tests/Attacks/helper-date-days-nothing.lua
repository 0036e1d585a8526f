-- function: assess.x
-- verdict: scriptError
-- reason: date.days given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = date.days
  call()
  return grant(0)
end
