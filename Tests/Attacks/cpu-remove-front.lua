-- function: assess.x
-- verdict: budgetInstructions
-- reason: removing from the front of a long list

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 20000 do t[i] = i end
  while #t > 0 do table.remove(t, 1) end
end
