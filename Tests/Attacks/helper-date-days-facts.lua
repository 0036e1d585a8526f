-- function: assess.x
-- verdict: scriptError
-- reason: date.days given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = date.days
  call(facts)
  return grant(0)
end
