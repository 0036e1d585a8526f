-- function: assess.x
-- verdict: scriptError
-- reason: more working days than there are dates

function program.assess.x(facts, settings, context)
  return calendar.add_workdays('2026-01-01', math.maxinteger)
end
