-- function: assess.x
-- verdict: budgetInstructions
-- reason: %b at every position of a text that never closes

function program.assess.x(facts, settings, context)
  local s = '('
  for i = 1, 14 do s = s .. s end
  return s:find('%b()')
end
