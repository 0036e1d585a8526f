-- function: assess.x
-- verdict: scriptError
-- reason: tiers that fall

function program.assess.x(facts, settings, context)
  return grant(money.tiers(10, {{up_to = 5, rate = 1}, {up_to = 4, rate = 1}, {rate = 1}}))
end
