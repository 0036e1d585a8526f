-- function: assess.x
-- verdict: harmless grant 1
-- reason: equal texts are equal, however long and wherever they come from

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 10 do s = s .. s end
  return grant(s == s:reverse() and 1 or 0)
end
