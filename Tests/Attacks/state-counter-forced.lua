-- function: assess.x
-- verdict: nondeterministic
-- reason: a counter, with the checks forced off
-- unchecked: true

local n = 0
function program.assess.x()
  n = n + 1
  return grant(n)
end
