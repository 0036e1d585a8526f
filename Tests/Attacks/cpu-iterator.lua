-- function: assess.x
-- verdict: budgetInstructions
-- reason: a generic loop whose iterator never ends

function program.assess.x(facts, settings, context)
  for k in function() return 1 end do end
end
