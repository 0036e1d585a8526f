-- function: assess.x
-- verdict: budgetInstructions
-- reason: gmatch over empty matches without end

function program.assess.x(facts, settings, context)
  while true do for _ in ('aaaa'):gmatch('') do end end
end
