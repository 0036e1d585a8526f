-- function: assess.x
-- verdict: scriptError
-- reason: unpacking every integer

function program.assess.x(facts, settings, context)
  return table.unpack({}, 1, math.maxinteger)
end
