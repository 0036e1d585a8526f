-- function: assess.x
-- verdict: budgetInstructions
-- reason: pairs over a large table again and again: each sorts its keys

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 3000 do t['k' .. i] = 1 end
  while true do for _ in pairs(t) do end end
end
