-- function: assess.x
-- verdict: scriptError or budgetMemory
-- reason: recursion that is no tail call: the stack of Lua is bounded

function program.assess.x(facts, settings, context)
  local function f(n) return 1 + f(n + 1) end
  return f(1)
end
