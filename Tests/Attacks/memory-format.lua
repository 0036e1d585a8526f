-- function: assess.x
-- verdict: budgetMemory
-- reason: format of itself

function program.assess.x(facts, settings, context)
  local s = 'x'
  while true do s = ('%s%s%s%s'):format(s, s, s, s) end
end
