-- function: assess.x
-- verdict: budgetInstructions
-- reason: a back reference to a long capture

function program.assess.x(facts, settings, context)
  local s = 'a'
  for i = 1, 13 do s = s .. s end
  return s:find('(a*)%1(a*)%2b')
end
