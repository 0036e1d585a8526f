-- function: action.x
-- verdict: harmless answer 1
-- reason: an absent field is nil, and declared

function program.action.x(input, settings, context)
  return answer {n = record.get('r', 'a').gone == nil and 1 or 0}
end
