-- function: assess.x
-- verdict: harmless grant 500
-- reason: a comparator that lies does no harm: merging always ends

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 500 do t[i] = i * 7 % 13 end
  local n = 0
  table.sort(t, function(a, b) n = n + 1 return n % 2 == 0 end)
  return grant(#t)
end
