-- function: assess.x
-- verdict: budgetInstructions
-- reason: sorting long texts that differ at their end only

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 12 do s = s .. s end
  local t = {}
  for i = 1, 1000 do t[i] = s .. i end
  while true do table.sort(t) end
end
