-- function: assess.x
-- verdict: budgetTime
-- reason: walking through a table that was large and is empty: what is skipped is not counted
-- rows: 1
-- wall: 300

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 130000 do t[-i] = 1 end
  for i = 1, 130000 do t[-i] = nil end
  while true do for _ in pairs(t) do end end
end
