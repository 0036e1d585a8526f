-- function: action.x
-- verdict: harmless answer 1
-- reason: a NUL in a name: the host compares, nothing is cut

function program.action.x(input, settings, context)
  record.get('r\0s', 'a')
  return answer {n = 1}
end
