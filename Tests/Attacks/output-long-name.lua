-- function: assess.x
-- verdict: scriptError
-- reason: a name longer than is allowed

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 18 do s = s .. s end
  return grant(0, {keeps = {[s] = {1, 2}}})
end
