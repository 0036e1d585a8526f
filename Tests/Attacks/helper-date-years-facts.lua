-- function: assess.x
-- verdict: scriptError
-- reason: date.years given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = date.years
  call(facts)
  return grant(0)
end
