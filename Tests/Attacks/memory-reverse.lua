-- function: assess.x
-- verdict: budgetMemory
-- reason: reversed and joined

function program.assess.x(facts, settings, context)
  local s = 'xy'
  while true do s = s:reverse() .. s:upper() .. s end
end
