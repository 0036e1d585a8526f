-- function: assess.x
-- verdict: refusedAtLoad
-- reason: an iterator of pairs made while loading

local step = pairs({1, 2, 3})
function program.assess.x() return grant(step() or 0) end
