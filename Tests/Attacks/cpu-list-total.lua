-- function: assess.x
-- verdict: budgetInstructions
-- reason: a helper over a long list again and again

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 10000 do t[i] = 1 end
  while true do list.total(t) end
end
