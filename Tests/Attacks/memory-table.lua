-- function: assess.x
-- verdict: budgetMemory
-- reason: a table that grows
-- instructions: 2000000000

function program.assess.x(facts, settings, context)
  local t = {}
  while true do t[#t + 1] = {} end
end
