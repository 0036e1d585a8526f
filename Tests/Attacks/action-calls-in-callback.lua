-- function: action.x
-- verdict: budgetHostCalls
-- reason: uses up its calls inside a comparator

function program.action.x(input, settings, context)
  local t = {}
  for i = 1, 200 do t[i] = -i end
  table.sort(t, function(a, b) record.get('r', 'a') return a < b end)
  return answer {n = 1}
end
