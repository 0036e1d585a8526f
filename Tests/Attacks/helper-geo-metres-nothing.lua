-- function: assess.x
-- verdict: scriptError
-- reason: geo.metres given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = geo.metres
  call()
  return grant(0)
end
