-- function: assess.x
-- verdict: scriptError
-- reason: gsub inside the callback of gsub: the stack of C is bounded

function program.assess.x(facts, settings, context)
  local function f(s) return (s:gsub('.', f)) end
  return f('x')
end
