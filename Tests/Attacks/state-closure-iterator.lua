-- function: assess.x
-- verdict: refusedAtLoad
-- reason: an iterator made while loading: its position is state of the engine's own function

local step = ('abcdef'):gmatch('.')
function program.assess.x() return grant((step() or ''):byte() - 97) end
