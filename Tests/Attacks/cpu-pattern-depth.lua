-- function: assess.x
-- verdict: scriptError
-- reason: a pattern deeper than its bound

function program.assess.x(facts, settings, context)
  local p = 'a?'
  for i = 1, 12 do p = p .. p end
  local s = 'a'
  for i = 1, 12 do s = s .. s end
  return s:find(p .. 'b')
end
