-- function: assess.x
-- verdict: scriptError
-- reason: the remainder of a division by zero

function program.assess.x(facts, settings, context)
  return grant(facts.n % (facts.n - facts.n))
end
