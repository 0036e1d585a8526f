-- function: action.x
-- verdict: badOutput
-- reason: returns a table instead of answer{…}

function program.action.x(input, settings, context)
  return {n = 1}
end
