-- function: assess.x
-- verdict: scriptError
-- reason: date.years given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = date.years
  call()
  return grant(0)
end
