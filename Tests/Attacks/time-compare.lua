-- function: assess.x
-- verdict: budgetTime
-- reason: comparing texts as long as memory allows: one instruction each
-- rows: 1
-- wall: 300

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 22 do s = s .. s end
  local a, b = s .. 'a', s .. 'b'
  while a < b do end
end
