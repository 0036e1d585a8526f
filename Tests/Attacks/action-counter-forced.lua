-- function: action.x
-- verdict: nondeterministic or harmless answer 1
-- reason: counts in an upvalue past the loader
-- unchecked: true

local seen = {1}
function program.action.x(input, settings, context)
  local n = seen[1]
  seen[1] = n + 1
  return answer {n = n}
end
