-- function: assess.x
-- verdict: scriptError
-- reason: ipairs given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = ipairs
  call(true)
  return grant(0)
end
