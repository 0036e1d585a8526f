-- function: assess.x
-- verdict: budgetInstructions
-- reason: has over a long list again and again

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 10000 do t[i] = i end
  while true do list.has(t, 0) end
end
