-- function: assess.x
-- verdict: scriptError
-- reason: parts whose sum overflows back to the amount

function program.assess.x(facts, settings, context)
  return grant(0, {parts = {math.maxinteger, math.maxinteger, 2}})
end
