-- function: assess.x
-- verdict: scriptError
-- reason: math.max given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = math.max
  call(facts)
  return grant(0)
end
