-- function: action.x
-- verdict: scriptError
-- reason: writes over the host's functions

function program.action.x(input, settings, context)
  record.get = function() return {score = 100} end
  return answer {n = 1}
end
