-- function: assess.x
-- verdict: budgetInstructions
-- reason: mapping a long text again and again

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 16 do s = s .. s end
  while true do local _ = s:upper() end
end
