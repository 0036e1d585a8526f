-- function: assess.x
-- verdict: budgetTime
-- reason: a budget of instructions so large that the clock must end the row
-- instructions: 4000000000000
-- rows: 1
-- wall: 300

function program.assess.x(facts, settings, context)
  while true do end
end
