-- function: assess.x
-- verdict: scriptError
-- reason: money called with what is no text

function program.assess.x(facts, settings, context)
  return money(grant)
end
