-- function: assess.x
-- verdict: scriptError
-- reason: a negative rate

function program.assess.x(facts, settings, context)
  return grant(money.rate(1, -1))
end
