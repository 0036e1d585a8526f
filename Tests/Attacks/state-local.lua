-- function: assess.x
-- verdict: refusedAtLoad
-- reason: a local of the file as a counter

local n = 0
function program.assess.x()
  n = n + 1
  return grant(n)
end
