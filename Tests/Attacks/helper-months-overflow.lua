-- function: assess.x
-- verdict: scriptError
-- reason: months beyond all dates

function program.assess.x(facts, settings, context)
  return grant(#date.add_months('2026-01-01', math.mininteger))
end
