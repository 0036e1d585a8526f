-- function: action.x
-- verdict: harmless answer 7
-- reason: keeps a row past its call: a copy, never a dangling one
-- unchecked: true

local kept = {}
function program.action.x(input, settings, context)
  kept[1] = kept[1] or record.get('r', 'a')
  return answer {n = kept[1].score}
end
