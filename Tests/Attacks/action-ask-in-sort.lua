-- function: action.x
-- verdict: harmless answer 2
-- reason: asks inside a comparator, over a C frame

function program.action.x(input, settings, context)
  local t = {3, 1, 2}
  table.sort(t, function(a, b) record.get('r', 'a') return a < b end)
  return answer {n = t[2]}
end
