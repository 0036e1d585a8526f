-- function: action.x
-- verdict: refusedAtLoad
-- reason: counts in an upvalue from action to action

local count = 0
function program.action.x(input, settings, context)
  count = count + 1
  return answer {n = count}
end
