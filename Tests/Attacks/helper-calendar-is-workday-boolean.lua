-- function: assess.x
-- verdict: scriptError
-- reason: calendar.is_workday given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = calendar.is_workday
  call(true)
  return grant(0)
end
