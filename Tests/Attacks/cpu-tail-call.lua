-- function: assess.x
-- verdict: budgetInstructions
-- reason: tail calls need no stack

function program.assess.x(facts, settings, context)
  local function f() return f() end
  return f()
end
