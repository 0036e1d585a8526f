-- function: action.x
-- verdict: budgetHostCalls
-- reason: asks without end

function program.action.x(input, settings, context)
  while true do case.list('f', {}) end
end
