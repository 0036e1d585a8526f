-- function: assess.x
-- verdict: budgetMemory
-- reason: staying at the limit, where each allocation would collect everything
-- instructions: 2000000000

function program.assess.x(facts, settings, context)
  local t = {}
  local s = 'x'
  for i = 1, 17 do s = s .. s end
  local n = 0
  while true do
    n = n + 1
    t[n % 230 + 1] = s .. n
  end
end
