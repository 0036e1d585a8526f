-- function: assess.x
-- verdict: budgetInstructions
-- reason: thousands of tiers again and again

function program.assess.x(facts, settings, context)
  local rows = {}
  for i = 1, 3000 do rows[i] = {up_to = i, rate = 1} end
  while true do money.tiers(5000, rows) end
end
