-- function: assess.x
-- verdict: budgetInstructions
-- reason: the border of a table is searched again and again

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 60 do t[1 << i % 62] = 1 end
  while true do local _ = #t end
end
