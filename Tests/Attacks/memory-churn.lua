-- function: assess.x
-- verdict: budgetMemory
-- reason: texts made and dropped: bounded by what is allocated in all

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 20 do s = s .. s end
  while true do local _ = s .. 'y' end
end
