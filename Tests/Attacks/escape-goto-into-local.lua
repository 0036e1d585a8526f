-- function: assess.x
-- verdict: refusedAtLoad
-- reason: a jump into the scope of a local

function program.assess.x()
  goto inside
  local x = 1
  ::inside::
  return grant(x)
end
