-- function: assess.x
-- verdict: budgetInstructions
-- reason: a loop without end, the other way

function program.assess.x(facts, settings, context)
  repeat until false
end
