-- function: assess.x
-- verdict: budgetInstructions
-- reason: lazy repeats nested by position

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 12 do s = s .. s end
  return s:find('(.-)(.-)(.-)(.-)(.-)y')
end
