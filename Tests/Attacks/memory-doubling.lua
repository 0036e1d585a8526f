-- function: assess.x
-- verdict: budgetMemory
-- reason: a text that doubles

function program.assess.x(facts, settings, context)
  local s = 'x'
  while true do s = s .. s end
end
