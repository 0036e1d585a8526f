-- function: assess.x
-- verdict: scriptError
-- reason: area.within given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = area.within
  call(facts)
  return grant(0)
end
