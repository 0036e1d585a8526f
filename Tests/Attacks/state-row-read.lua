-- function: assess.x
-- verdict: nondeterministic
-- reason: a row read after its call, with the checks forced off: it is dead, and a fresh state differs
-- unchecked: true

local kept = {}
function program.assess.x(facts)
  kept[#kept + 1] = facts
  if #kept == 1 and facts.n > 0 then return grant(1) end
  return grant(kept[1].n + (nil)())
end
