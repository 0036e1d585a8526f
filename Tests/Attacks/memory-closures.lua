-- function: assess.x
-- verdict: budgetMemory
-- reason: closures that hold each other
-- instructions: 2000000000

function program.assess.x(facts, settings, context)
  local f = function() end
  while true do
    local g = f
    f = function() return g end
  end
end
