-- function: action.x
-- verdict: scriptError
-- reason: an argument of ten thousand values

function program.action.x(input, settings, context)
  local t = {}
  for i = 1, 10000 do t[i] = i end
  record.list('r', {keys = t})
  return answer {n = 1}
end
