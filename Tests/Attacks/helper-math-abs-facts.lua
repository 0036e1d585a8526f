-- function: assess.x
-- verdict: scriptError
-- reason: math.abs given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = math.abs
  call(facts)
  return grant(0)
end
