-- function: assess.x
-- verdict: scriptError
-- reason: money that is no amount

function program.assess.x(facts, settings, context)
  return grant(money '五十')
end
