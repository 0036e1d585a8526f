-- function: assess.x
-- verdict: scriptError
-- reason: money.tiers given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = money.tiers
  call(facts)
  return grant(0)
end
