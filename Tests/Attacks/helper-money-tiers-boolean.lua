-- function: assess.x
-- verdict: scriptError
-- reason: money.tiers given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = money.tiers
  call(true)
  return grant(0)
end
