-- function: action.x
-- verdict: scriptError
-- reason: an argument that is nested a thousand deep

function program.action.x(input, settings, context)
  local t = {}
  for i = 1, 1000 do t = {t} end
  record.get('r', t)
  return answer {n = 1}
end
