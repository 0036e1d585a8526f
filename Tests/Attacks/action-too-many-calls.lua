-- function: action.x
-- verdict: budgetHostCalls
-- reason: asks more often than an action may

function program.action.x(input, settings, context)
  for i = 1, 100 do record.get('r', {'a'}) end
  return answer {n = 1}
end
