-- function: assess.x
-- verdict: scriptError
-- reason: an infinite bound by arithmetic on texts

function program.assess.x(facts, settings, context)
  local huge = '1e308' * '1e308'
  return grant(huge)
end
