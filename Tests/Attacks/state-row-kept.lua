-- function: assess.x
-- verdict: nondeterministic
-- reason: a row kept past its call, with the checks forced off: the second judgement finds it
-- unchecked: true

local kept
function program.assess.x(facts)
  kept = kept or facts
  return grant(kept == facts and 1 or 2)
end
