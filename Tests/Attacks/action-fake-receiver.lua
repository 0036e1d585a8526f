-- function: action.x
-- verdict: harmless answer 1
-- reason: a library called with a colon: the receiver is an argument like others, and refused or ignored by the host

function program.action.x(input, settings, context)
  local fake = {get = record.get}
  fake.get('r', 'a')
  return answer {n = 1}
end
