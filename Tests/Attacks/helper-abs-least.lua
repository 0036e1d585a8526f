-- function: assess.x
-- verdict: scriptError
-- reason: the amount of the least integer

function program.assess.x(facts, settings, context)
  return grant(math.abs(math.mininteger))
end
