-- function: assess.x
-- verdict: scriptError
-- reason: joining from the least to the largest integer

function program.assess.x(facts, settings, context)
  return table.concat({}, '', math.mininteger, math.maxinteger)
end
