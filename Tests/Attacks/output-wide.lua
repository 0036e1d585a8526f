-- function: assess.x
-- verdict: scriptError
-- reason: more values than are allowed

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 50000 do t[i] = i end
  return grant(0, {keeps = {t = t}})
end
