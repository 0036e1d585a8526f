-- function: assess.x
-- verdict: refusedAtLoad
-- reason: a closure made while loading that counts

local function make()
  local n = 0
  return function()
    n = n + 1
    return grant(n)
  end
end
program.assess.x = make()
