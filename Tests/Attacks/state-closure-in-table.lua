-- function: assess.x
-- verdict: refusedAtLoad
-- reason: a closure that counts, kept in a table

local t = {}
do
  local n = 0
  t.next = function() n = n + 1 return n end
end
function program.assess.x() return grant(t.next()) end
