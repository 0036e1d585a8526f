-- function: assess.x
-- verdict: scriptError
-- reason: math.abs given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = math.abs
  call()
  return grant(0)
end
