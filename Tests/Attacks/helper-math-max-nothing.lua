-- function: assess.x
-- verdict: scriptError
-- reason: math.max given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = math.max
  call()
  return grant(0)
end
