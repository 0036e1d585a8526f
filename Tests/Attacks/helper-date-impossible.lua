-- function: assess.x
-- verdict: scriptError
-- reason: a day that does not exist

function program.assess.x(facts, settings, context)
  return grant(date.days('2026-02-30', '2026-03-01'))
end
