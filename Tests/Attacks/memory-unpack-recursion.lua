-- function: assess.x
-- verdict: scriptError or budgetMemory
-- reason: two hundred values at each level of a recursion

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 200 do t[i] = i end
  local function f(...) return f(table.unpack(t)), ... end
  return f()
end
