-- function: assess.x
-- verdict: scriptError
-- reason: date.add given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = date.add
  call(facts)
  return grant(0)
end
