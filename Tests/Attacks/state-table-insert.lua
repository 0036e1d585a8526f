-- function: assess.x
-- verdict: scriptError
-- reason: table.insert into a table of the file

local t = {}
function program.assess.x()
  table.insert(t, 1)
  return grant(#t)
end
