-- function: assess.x
-- verdict: scriptError
-- reason: an amount times a rate beyond an integer

function program.assess.x(facts, settings, context)
  return grant(money.rate(math.maxinteger, 1000000000))
end
