-- function: action.x
-- verdict: scriptError
-- reason: asks a row for what it doesn't have

function program.action.x(input, settings, context)
  local row = record.get('r', 'a')
  return answer {n = row.scores}
end
