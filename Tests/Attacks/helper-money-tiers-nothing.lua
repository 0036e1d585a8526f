-- function: assess.x
-- verdict: scriptError
-- reason: money.tiers given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = money.tiers
  call()
  return grant(0)
end
