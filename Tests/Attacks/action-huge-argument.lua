-- function: action.x
-- verdict: scriptError or budgetMemory or budgetInstructions
-- reason: an argument of megabytes

function program.action.x(input, settings, context)
  local s = 'aaaaaaaaaaaaaaaa'
  for i = 1, 18 do s = s .. s end
  record.get('r', s)
  return answer {n = 1}
end
