-- function: assess.x
-- verdict: scriptError
-- reason: a comparator that empties the table that is being sorted

function program.assess.x(facts, settings, context)
  local t = {5, 4, 3, 2, 1}
  table.sort(t, function(a, b) for i = 1, 5 do t[i] = nil end return a < b end)
  return grant(#t)
end
