-- function: assess.x
-- verdict: budgetInstructions
-- reason: a long separator between many items

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 14 do s = s .. s end
  local t = {}
  for i = 1, 900 do t[i] = 1 end
  while true do table.concat(t, s) end
end
