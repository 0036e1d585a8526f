-- function: assess.x
-- verdict: budgetInstructions
-- reason: gsub with an empty pattern on a text that grows

function program.assess.x(facts, settings, context)
  local s = 'ab'
  while true do s = s:gsub('', 'x'):sub(1, 1000) end
end
