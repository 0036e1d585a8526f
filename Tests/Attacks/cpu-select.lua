-- function: assess.x
-- verdict: budgetInstructions
-- reason: select with many arguments

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 200 do t[i] = i end
  while true do local _ = select(-1, table.unpack(t)) end
end
