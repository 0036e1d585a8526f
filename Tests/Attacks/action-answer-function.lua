-- function: action.x
-- verdict: scriptError
-- reason: answers with a function

function program.action.x(input, settings, context)
  return answer {n = function() end}
end
