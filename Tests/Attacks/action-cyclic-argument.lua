-- function: action.x
-- verdict: scriptError
-- reason: an argument that holds itself

function program.action.x(input, settings, context)
  local t = {}
  t.t = t
  record.get('r', t)
  return answer {n = 1}
end
