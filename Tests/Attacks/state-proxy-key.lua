-- function: assess.x
-- verdict: scriptError
-- reason: facts as a key of a table of the file

local t = {}
function program.assess.x(facts)
  t[facts] = 1
  return grant(0)
end
