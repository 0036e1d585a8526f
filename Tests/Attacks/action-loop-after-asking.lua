-- function: action.x
-- verdict: budgetInstructions
-- reason: loops after a question

function program.action.x(input, settings, context)
  record.get('r', 'a')
  while true do end
end
