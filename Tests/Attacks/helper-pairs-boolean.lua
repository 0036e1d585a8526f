-- function: assess.x
-- verdict: scriptError
-- reason: pairs given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = pairs
  call(true)
  return grant(0)
end
