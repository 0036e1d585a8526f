-- function: assess.x
-- verdict: scriptError
-- reason: a table inside a table of the file

local t = {inner = {n = 0}}
function program.assess.x()
  t.inner.n = t.inner.n + 1
  return grant(t.inner.n)
end
