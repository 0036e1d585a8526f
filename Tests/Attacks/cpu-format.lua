-- function: assess.x
-- verdict: budgetInstructions
-- reason: formatting without end

function program.assess.x(facts, settings, context)
  while true do string.format('%99d%99d%99d', 1, 2, 3) end
end
