-- function: assess.x
-- verdict: scriptError
-- reason: shares that sum to nothing

function program.assess.x(facts, settings, context)
  return grant(#money.split(10, {0, 0}))
end
