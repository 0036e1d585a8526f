-- function: assess.x
-- verdict: budgetInstructions
-- reason: counting working days back and forth

function program.assess.x(facts, settings, context)
  while true do calendar.add_workdays('2026-01-01', 90000) end
end
