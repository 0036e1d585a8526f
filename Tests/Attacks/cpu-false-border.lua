-- function: assess.x
-- verdict: scriptError
-- reason: keys at powers of two make a length that no list has

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 0, 40 do t[1 << i] = true end
  return grant(#table.concat(t))
end
