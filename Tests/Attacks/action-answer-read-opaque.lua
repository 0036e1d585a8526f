-- function: action.x
-- verdict: scriptError
-- reason: reads an opaque note

function program.action.x(input, settings, context)
  return answer {n = #input.note}
end
