-- function: assess.x
-- verdict: refusedAtLoad
-- reason: an iterator of gmatch in a table of the file

local t = {('abc'):gmatch('.')}
function program.assess.x() return grant(#(t[1]() or '')) end
