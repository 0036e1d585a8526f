-- function: assess.x
-- verdict: nondeterministic
-- reason: a memory of whoever came before, with the checks forced off
-- unchecked: true

local seen = {}
function program.assess.x(facts)
  seen[#seen + 1] = facts.subject.name
  return grant(#table.concat(seen))
end
