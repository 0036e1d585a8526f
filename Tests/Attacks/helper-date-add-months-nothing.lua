-- function: assess.x
-- verdict: scriptError
-- reason: date.add_months given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = date.add_months
  call()
  return grant(0)
end
