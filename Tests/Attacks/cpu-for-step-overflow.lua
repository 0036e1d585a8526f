-- function: assess.x
-- verdict: harmless grant 1
-- reason: a step that overflows: Lua counts iterations beforehand and stops

function program.assess.x(facts, settings, context)
  local n = 0
  for i = math.maxinteger - 1, math.maxinteger, 5 do n = n + 1 end
  return grant(n)
end
