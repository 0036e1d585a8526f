-- function: assess.x
-- verdict: scriptError
-- reason: date.years given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = date.years
  call(true)
  return grant(0)
end
