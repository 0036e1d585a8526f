-- function: assess.x
-- verdict: scriptError
-- reason: area.within given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = area.within
  call(true)
  return grant(0)
end
