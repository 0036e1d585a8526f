-- function: action.x
-- verdict: scriptError or budgetInstructions
-- reason: proposes megabytes in many pieces

function program.action.x(input, settings, context)
  local s = 'aaaaaaaaaaaaaaaa'
  for i = 1, 9 do s = s .. s end
  for i = 1, 999 do record.put('r', {code = s .. i}) end
  return answer {n = 1}
end
