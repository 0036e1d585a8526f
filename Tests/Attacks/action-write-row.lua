-- function: action.x
-- verdict: scriptError
-- reason: writes into a row of the host

function program.action.x(input, settings, context)
  local row = record.get('r', 'a')
  row.score = 100
  return answer {n = row.score}
end
