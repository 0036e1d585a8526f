-- function: assess.x
-- verdict: budgetInstructions
-- reason: a replacement larger than its subject, again and again

function program.assess.x(facts, settings, context)
  local s = 'xxxx'
  while true do s = s:gsub('x', 'xxxxxxxxxxxxxxxx') end
end
