-- function: assess.x
-- verdict: harmless grant 3
-- reason: a jump out of nested loops

function program.assess.x(facts, settings, context)
  local n = 0
  for i = 1, 3 do
    for j = 1, 3 do
      if j == 2 then goto next end
      n = n + 1
    end
    ::next::
  end
  return grant(n)
end
