-- function: assess.x
-- verdict: budgetInstructions
-- reason: a loop without end

function program.assess.x(facts, settings, context)
  while true do end
end
