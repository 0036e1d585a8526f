-- function: assess.x
-- verdict: scriptError
-- reason: date.days given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = date.days
  call(true)
  return grant(0)
end
