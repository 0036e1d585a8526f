-- function: assess.x
-- verdict: budgetInstructions
-- reason: a callback of gsub that never returns

function program.assess.x(facts, settings, context)
  return (('x'):gsub('.', function() while true do end end))
end
