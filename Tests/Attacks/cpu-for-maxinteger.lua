-- function: assess.x
-- verdict: budgetInstructions
-- reason: a numeric loop over every integer

function program.assess.x(facts, settings, context)
  for i = 1, math.maxinteger do end
end
