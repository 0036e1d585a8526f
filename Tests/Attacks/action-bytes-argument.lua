-- function: action.x
-- verdict: scriptError
-- reason: text that is not UTF-8

function program.action.x(input, settings, context)
  record.get('r', '\xff\xfe')
  return answer {n = 1}
end
