-- function: assess.x
-- verdict: budgetInstructions
-- reason: a comparator that never returns

function program.assess.x(facts, settings, context)
  table.sort({3, 2, 1}, function() while true do end end)
end
