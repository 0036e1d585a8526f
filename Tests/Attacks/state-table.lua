-- function: assess.x
-- verdict: scriptError
-- reason: a table of the file

local t = {}
function program.assess.x()
  t[#t + 1] = 1
  return grant(#t)
end
