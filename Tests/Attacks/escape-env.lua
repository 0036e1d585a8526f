-- function: assess.x
-- verdict: refusedAtLoad
-- reason: _ENV by name

local e = _ENV
function program.assess.x() return grant(1) end
