-- function: action.x
-- verdict: scriptError
-- reason: the host's own functions in an argument

function program.action.x(input, settings, context)
  record.put('r', record)
  return answer {n = 1}
end
