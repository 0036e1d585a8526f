-- function: assess.x
-- verdict: budgetInstructions
-- reason: plain search with a needle that almost fits, again and again

function program.assess.x(facts, settings, context)
  local s, p = 'a', 'a'
  for i = 1, 15 do s = s .. s end
  for i = 1, 12 do p = p .. p end
  p = p .. 'b'
  while true do local _ = s:find(p, 1, true) end
end
