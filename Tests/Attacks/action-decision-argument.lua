-- function: action.x
-- verdict: scriptError
-- reason: a decision where a value should be

function program.action.x(input, settings, context)
  record.put('r', answer {n = 1})
  return answer {n = 1}
end
