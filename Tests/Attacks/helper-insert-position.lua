-- function: assess.x
-- verdict: scriptError
-- reason: a position at the least integer

function program.assess.x(facts, settings, context)
  table.insert({}, math.mininteger, 1)
end
