-- function: assess.x
-- verdict: budgetMemory
-- reason: a list as long as memory, then its shares
-- instructions: 2000000000

function program.assess.x(facts, settings, context)
  local rows = {}
  local n = 0
  while true do
    n = n + 1
    rows[n] = 1
    if n & (n - 1) == 0 then money.split(100, rows) end
  end
end
