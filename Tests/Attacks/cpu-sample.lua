-- function: assess.x
-- verdict: budgetInstructions
-- reason: drawing from a long list again and again

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 3000 do t[i] = i end
  while true do list.sample(t, 3000, 'seed') end
end
