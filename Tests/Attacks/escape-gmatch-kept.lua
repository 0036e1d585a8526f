-- function: assess.x
-- verdict: harmless grant 2
-- reason: an iterator of gmatch called after its end

function program.assess.x(facts, settings, context)
  local step = ('ab'):gmatch('.')
  local n = 0
  while step() do n = n + 1 end
  step()
  return grant(n)
end
