-- function: assess.x
-- verdict: refusedAtLoad
-- reason: a table as the key of a table of the file

local t = {[{}] = 1}
function program.assess.x() return grant(t[1] or 0) end
program.assess.y = function() return t end
