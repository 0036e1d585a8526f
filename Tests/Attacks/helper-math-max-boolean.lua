-- function: assess.x
-- verdict: scriptError
-- reason: math.max given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = math.max
  call(true)
  return grant(0)
end
