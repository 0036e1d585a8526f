-- function: assess.x
-- verdict: scriptError
-- reason: a negative amount shared

function program.assess.x(facts, settings, context)
  return grant(#money.split(-10, {1}))
end
