-- function: action.x
-- verdict: scriptError
-- reason: record:get passes the library itself

function program.action.x(input, settings, context)
  record:get('r', 'a')
  return answer {n = 1}
end
