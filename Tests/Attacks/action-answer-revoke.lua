-- function: action.x
-- verdict: badOutput
-- reason: an action revokes by a decision

function program.action.x(input, settings, context)
  return revoke('X')
end
