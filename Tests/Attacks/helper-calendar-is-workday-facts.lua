-- function: assess.x
-- verdict: scriptError
-- reason: calendar.is_workday given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = calendar.is_workday
  call(facts)
  return grant(0)
end
