-- function: assess.x
-- verdict: scriptError
-- reason: a table that contains itself

function program.assess.x(facts, settings, context)
  local t = {}
  t.t = t
  return grant(0, {keeps = t})
end
