-- function: assess.x
-- verdict: refusedAtLoad
-- reason: a loop without end while the file is loaded

while true do end
