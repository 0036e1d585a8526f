-- function: assess.x
-- verdict: scriptError
-- reason: comparing facts by order

function program.assess.x(facts, settings, context)
  return grant((facts < facts) and 1 or 0)
end
