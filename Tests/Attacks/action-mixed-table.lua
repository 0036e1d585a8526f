-- function: action.x
-- verdict: scriptError
-- reason: a table that is neither a list nor by name

function program.action.x(input, settings, context)
  record.put('r', {1, a = 2})
  return answer {n = 1}
end
