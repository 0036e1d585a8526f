-- function: action.x
-- verdict: scriptError
-- reason: an error that is a row of the host

function program.action.x(input, settings, context)
  error(record.get('r', 'a'))
end
