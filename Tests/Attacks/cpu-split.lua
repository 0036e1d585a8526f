-- function: assess.x
-- verdict: budgetInstructions
-- reason: thousands of shares again and again

function program.assess.x(facts, settings, context)
  local rows = {}
  for i = 1, 3000 do rows[i] = 1 end
  while true do money.split(5000, rows) end
end
