-- function: assess.x
-- verdict: refusedAtLoad
-- reason: an outer table indexed by a comparison: miscompiled by Lua 5.4.4

local t = {[true] = 1, [false] = 2}
function program.assess.x(facts)
  return grant(t[facts.n < 2])
end
