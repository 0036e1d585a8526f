-- function: assess.x
-- verdict: scriptError
-- reason: geo.metres given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = geo.metres
  call(facts)
  return grant(0)
end
