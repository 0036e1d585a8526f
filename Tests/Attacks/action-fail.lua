-- function: action.x
-- verdict: harmless fail NOT_YOURS
-- reason: says that it can't be done

function program.action.x(input, settings, context)
  return fail('NOT_YOURS', {count = 1})
end
