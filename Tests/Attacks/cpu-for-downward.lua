-- function: assess.x
-- verdict: budgetInstructions
-- reason: a numeric loop downward

function program.assess.x(facts, settings, context)
  for i = math.maxinteger, math.mininteger, -1 do end
end
