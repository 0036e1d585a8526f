-- function: assess.x
-- verdict: scriptError
-- reason: a fraction as a key

function program.assess.x(facts, settings, context)
  local t = {}
  t['0.5' * 1] = 1
  return grant(0, {keeps = {v = t}})
end
