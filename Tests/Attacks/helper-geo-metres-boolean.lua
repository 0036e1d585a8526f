-- function: assess.x
-- verdict: scriptError
-- reason: geo.metres given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = geo.metres
  call(true)
  return grant(0)
end
