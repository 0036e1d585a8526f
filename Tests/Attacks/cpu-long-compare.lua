-- function: assess.x
-- verdict: budgetInstructions
-- reason: comparing long texts without end: equal up to their last byte

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 12 do s = s .. s end
  local a, b = s .. 'a', s .. 'b'
  while a < b do end
end
