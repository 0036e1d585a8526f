-- function: assess.x
-- verdict: scriptError
-- reason: a NaN as a key

function program.assess.x(facts, settings, context)
  local huge = '1e308' * '1e308'
  local t = {}
  t[huge - huge] = 1
  return grant(0)
end
