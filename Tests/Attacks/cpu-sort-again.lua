-- function: assess.x
-- verdict: budgetInstructions
-- reason: sorting a long list again and again

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 5000 do t[i] = -i end
  while true do table.sort(t) end
end
