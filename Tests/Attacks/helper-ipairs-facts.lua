-- function: assess.x
-- verdict: scriptError
-- reason: ipairs given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = ipairs
  call(facts)
  return grant(0)
end
