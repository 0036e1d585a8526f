-- function: assess.x
-- verdict: scriptError
-- reason: math.abs given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = math.abs
  call(true)
  return grant(0)
end
