-- function: assess.x
-- verdict: budgetInstructions
-- reason: joining a long list again and again

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 5000 do t[i] = 'x' end
  while true do table.concat(t) end
end
