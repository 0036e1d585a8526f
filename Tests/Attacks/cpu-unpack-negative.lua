-- function: assess.x
-- verdict: scriptError
-- reason: a range whose length overflows

function program.assess.x(facts, settings, context)
  return table.unpack({}, math.mininteger, math.maxinteger)
end
