-- function: action.x
-- verdict: badOutput
-- reason: an action grants money

function program.action.x(input, settings, context)
  return grant(5000)
end
