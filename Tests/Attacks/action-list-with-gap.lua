-- function: action.x
-- verdict: scriptError
-- reason: a list with a gap

function program.action.x(input, settings, context)
  record.put('r', {keys = {1, nil, 3}})
  return answer {n = 1}
end
