-- function: action.x
-- verdict: harmless answer 64
-- reason: exactly as many calls as there are

function program.action.x(input, settings, context)
  local n = 0
  for i = 1, 64 do record.get('r', 'a') n = n + 1 end
  return answer {n = n}
end
