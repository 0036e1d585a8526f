-- function: assess.x
-- verdict: refusedAtLoad
-- reason: a counter two functions out

local n = 0
local function outer()
  return function() n = n + 1 return n end
end
function program.assess.x() return grant(outer()()) end
