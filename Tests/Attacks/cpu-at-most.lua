-- function: assess.x
-- verdict: budgetInstructions
-- reason: a decision cut without end

function program.assess.x(facts, settings, context)
  local d = grant(1000000, {parts = {500000, 500000}})
  while true do d:at_most(999999, 'CAP') end
end
