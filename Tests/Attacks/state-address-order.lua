-- function: assess.x
-- verdict: harmless grant 1
-- reason: tables as keys: their order is never told

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 20 do t[{}] = i end
  return grant(t[1] == nil and 1 or 0)
end
