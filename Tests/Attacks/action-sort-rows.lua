-- function: action.x
-- verdict: scriptError
-- reason: sorts the host's own list

function program.action.x(input, settings, context)
  local rows = record.list('r')
  table.sort(rows)
  return answer {n = 1}
end
