-- function: action.x
-- verdict: scriptError
-- reason: a refusal inside gsub's callback, over a C frame

function program.action.x(input, settings, context)
  ('abc'):gsub('.', function() return fund.available() end)
  return answer {n = 1}
end
