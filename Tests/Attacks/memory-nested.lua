-- function: assess.x
-- verdict: budgetMemory
-- reason: tables in tables
-- instructions: 2000000000

function program.assess.x(facts, settings, context)
  local t = {}
  while true do t = {t} end
end
