-- function: action.x
-- verdict: harmless answer 0
-- reason: answers with a note it can't read: a token, which the host refuses or keeps closed

function program.action.x(input, settings, context)
  return answer {note = input.note}
end
