-- function: action.x
-- verdict: scriptError
-- reason: a function where a value should be

function program.action.x(input, settings, context)
  record.get('r', function() end)
  return answer {n = 1}
end
