-- function: assess.x
-- verdict: budgetMemory
-- reason: a key that asks for a large array
-- instructions: 2000000000

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 1 << 23 do t[i] = true end
end
