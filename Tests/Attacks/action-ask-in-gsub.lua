-- function: action.x
-- verdict: harmless answer 3
-- reason: asks inside gsub's callback, over a C frame

function program.action.x(input, settings, context)
  local _, n = ('abc'):gsub('.', function() record.get('r', 'a') end)
  return answer {n = n}
end
