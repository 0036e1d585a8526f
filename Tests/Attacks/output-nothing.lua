-- function: assess.x
-- verdict: badOutput
-- reason: a function that returns nothing

function program.assess.x(facts, settings, context)
  return
end
