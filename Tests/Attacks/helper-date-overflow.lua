-- function: assess.x
-- verdict: scriptError
-- reason: days beyond an integer of 32 bits

function program.assess.x(facts, settings, context)
  return grant(#date.add('2026-01-01', 1 << 40))
end
