-- function: assess.x
-- verdict: scriptError
-- reason: a sum beyond an integer

function program.assess.x(facts, settings, context)
  return grant(list.total({math.maxinteger, 1}))
end
