-- function: assess.x
-- verdict: budgetMemory
-- reason: names without end
-- instructions: 2000000000

function program.assess.x(facts, settings, context)
  local t, n = {}, 0
  while true do
    n = n + 1
    t['key number ' .. n] = true
  end
end
