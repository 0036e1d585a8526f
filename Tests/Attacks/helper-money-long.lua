-- function: assess.x
-- verdict: scriptError
-- reason: more digits than an amount has

function program.assess.x(facts, settings, context)
  return grant(money '99999999999999999999')
end
