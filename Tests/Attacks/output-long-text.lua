-- function: assess.x
-- verdict: scriptError
-- reason: a text longer than is allowed

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 20 do s = s .. s end
  return grant(0, {keeps = {s = s}})
end
