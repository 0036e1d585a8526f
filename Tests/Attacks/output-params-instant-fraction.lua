-- function: assess.x
-- verdict: harmless refuse 0
-- reason: an instant with a fraction may travel, as digits only

function program.assess.x(facts, settings, context)
  return refuse('A', {at = '2026-01-01T00:00:00.123+08:00'})
end
