-- function: assess.x
-- verdict: scriptError
-- reason: a NaN by arithmetic on texts

function program.assess.x(facts, settings, context)
  local huge = '1e308' * '1e308'
  return grant(0, {keeps = {v = huge - huge}})
end
