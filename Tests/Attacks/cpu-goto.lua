-- function: assess.x
-- verdict: budgetInstructions
-- reason: a loop without a loop statement

function program.assess.x(facts, settings, context)
  ::again::
  goto again
end
