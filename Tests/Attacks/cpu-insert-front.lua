-- function: assess.x
-- verdict: budgetInstructions
-- reason: inserting at the front of a long list: each moves all

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 200000 do table.insert(t, 1, i) end
end
