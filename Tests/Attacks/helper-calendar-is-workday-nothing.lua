-- function: assess.x
-- verdict: scriptError
-- reason: calendar.is_workday given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = calendar.is_workday
  call()
  return grant(0)
end
