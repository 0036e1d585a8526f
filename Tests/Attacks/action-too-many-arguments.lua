-- function: action.x
-- verdict: scriptError
-- reason: more arguments than any call takes

function program.action.x(input, settings, context)
  record.get(1, 2, 3, 4, 5)
  return answer {n = 1}
end
