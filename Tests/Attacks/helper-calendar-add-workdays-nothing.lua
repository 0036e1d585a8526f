-- function: assess.x
-- verdict: scriptError
-- reason: calendar.add_workdays given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = calendar.add_workdays
  call()
  return grant(0)
end
