-- function: action.x
-- verdict: harmless answer 1
-- reason: caps an answer as if it were a grant

function program.action.x(input, settings, context)
  return answer({n = 1}):at_most(0, 'CAPPED')
end
