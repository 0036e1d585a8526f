-- function: assess.x
-- verdict: scriptError
-- reason: two lists that contain each other

function program.assess.x(facts, settings, context)
  local t, u = {}, {}
  t[1], u[1] = u, t
  return grant(0, {keeps = {v = t}})
end
