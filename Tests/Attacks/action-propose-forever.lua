-- function: action.x
-- verdict: scriptError
-- reason: proposes without end

function program.action.x(input, settings, context)
  while true do record.put('r', {code = 'a'}) end
end
