-- function: assess.x
-- verdict: scriptError
-- reason: pairs given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = pairs
  call(facts)
  return grant(0)
end
