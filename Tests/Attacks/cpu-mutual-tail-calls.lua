-- function: assess.x
-- verdict: budgetInstructions
-- reason: two functions that hand over to each other

function program.assess.x(facts, settings, context)
  local f, g
  function f() return g() end
  function g() return f() end
  return f()
end
