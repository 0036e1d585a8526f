-- function: assess.x
-- verdict: scriptError
-- reason: an amount that overflowed into the negative

function program.assess.x(facts, settings, context)
  return grant(math.maxinteger + 1)
end
