-- function: action.x
-- verdict: scriptError
-- reason: a reason with free text in its parameters

function program.action.x(input, settings, context)
  return fail('X', {name = input.rows[1].name})
end
