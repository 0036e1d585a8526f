-- function: assess.x
-- verdict: scriptError
-- reason: area.within given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = area.within
  call()
  return grant(0)
end
