-- function: assess.x
-- verdict: refusedAtLoad
-- reason: <close>: nothing here can be closed

function program.assess.x()
  local x <close> = nil
  return grant(1)
end
