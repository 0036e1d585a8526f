-- function: assess.x
-- verdict: budgetMemory
-- reason: texts joined to ever larger ones

function program.assess.x(facts, settings, context)
  local s = 'xxxxxxxx'
  while true do s = table.concat({s, s, s, s}) end
end
