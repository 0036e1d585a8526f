-- function: action.x
-- verdict: nondeterministic or harmless answer 1
-- reason: keeps the host's function in an upvalue: nothing is carried

local get = record.get
local function again(n) get('r', 'a') return n end
function program.action.x(input, settings, context)
  return answer {n = again(1)}
end
