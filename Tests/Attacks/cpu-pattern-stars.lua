-- function: assess.x
-- verdict: budgetInstructions
-- reason: a pattern that tries every split

function program.assess.x(facts, settings, context)
  local s = ('a'):upper():lower()
  for i = 1, 6 do s = s .. s end
  return s:find('a*a*a*a*a*a*a*a*a*a*a*a*b')
end
