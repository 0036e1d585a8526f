-- function: assess.x
-- verdict: harmless grant 23
-- reason: a table with gaps has one length: hashes are seeded by the source

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 40 do t['k' .. i * 7] = i end
  for i = 1, 40, 2 do t['k' .. i * 7] = nil end
  for i = 1, 97 do t[i * i % 101] = i end
  for i = 3, 97, 7 do t[i] = nil end
  for i = 1, 9 do t['m' .. i] = 1 end
  return grant(#t)
end
