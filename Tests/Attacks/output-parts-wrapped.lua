-- function: assess.x
-- verdict: scriptError
-- reason: parts that would wrap around

function program.assess.x(facts, settings, context)
  return grant(0, {parts = {math.mininteger, math.mininteger}})
end
