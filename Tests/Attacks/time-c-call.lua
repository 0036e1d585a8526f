-- function: assess.x
-- verdict: budgetTime or budgetMemory
-- reason: one concatenation after the other of a text as large as memory allows
-- instructions: 4000000000000
-- rows: 1
-- wall: 300

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 15 do s = s .. s end
  while true do local _ = #(s:upper()) end
end
