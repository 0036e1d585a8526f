-- function: assess.x
-- verdict: refusedAtLoad
-- reason: _ENV as a constant: miscompiled by Lua 5.4.4

function program.assess.x()
  local _ENV <const> = 11
  X = 1
end
