-- function: assess.x
-- verdict: budgetInstructions
-- reason: one long set for each character: each comparison walks the set

function program.assess.x(facts, settings, context)
  local set = 'a'
  for i = 1, 16 do set = set .. set end
  local s = 'b'
  for i = 1, 16 do s = s .. s end
  return s:find('[' .. set .. ']')
end
