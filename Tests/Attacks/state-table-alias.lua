-- function: assess.x
-- verdict: scriptError
-- reason: another name for a table of the file

local t = {n = 0}
local function get() return t end
function program.assess.x()
  local u = get()
  u.n = u.n + 1
  return grant(u.n)
end
