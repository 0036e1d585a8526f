-- function: assess.x
-- verdict: budgetInstructions
-- reason: the iterator of ipairs called by hand

function program.assess.x(facts, settings, context)
  local step = ipairs({})
  local t = {}
  t[1] = 1
  while true do step(t, 0) end
end
