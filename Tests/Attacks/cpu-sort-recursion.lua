-- function: assess.x
-- verdict: scriptError
-- reason: sort inside its own comparator

function program.assess.x(facts, settings, context)
  local function f() table.sort({2, 1}, f) end
  f()
end
