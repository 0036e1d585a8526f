-- function: assess.x
-- verdict: scriptError or budgetMemory
-- reason: more arguments than a stack holds

function program.assess.x(facts, settings, context)
  local function f(...) return f(1, ...) end
  return f()
end
