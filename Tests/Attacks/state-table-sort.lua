-- function: assess.x
-- verdict: scriptError
-- reason: sorting a table of the file

local t = {2, 1}
function program.assess.x()
  table.sort(t)
  return grant(t[1])
end
