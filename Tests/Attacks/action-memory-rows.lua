-- function: action.x
-- verdict: budgetMemory or budgetHostCalls
-- reason: keeps all it is told and more
-- instructions: 2000000000

function program.action.x(input, settings, context)
  local t = {}
  for i = 1, 100000000 do t[i] = {record.get} end
  return answer {n = 1}
end
