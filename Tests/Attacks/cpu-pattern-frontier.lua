-- function: assess.x
-- verdict: budgetInstructions
-- reason: a frontier with a set as large as a pattern may be

function program.assess.x(facts, settings, context)
  local set = 'a'
  for i = 1, 10 do set = set .. set end
  local s = 'b'
  for i = 1, 14 do s = s .. s end
  return s:find('%f[' .. set .. ']')
end
