-- function: assess.x
-- verdict: refusedAtLoad
-- reason: a text that doubles while the file is loaded

local s = 'x'
while true do s = s .. s end
