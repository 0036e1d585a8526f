-- function: assess.x
-- verdict: scriptError
-- reason: table.move, which no hook stops: not in the environment

function program.assess.x(facts, settings, context)
  return table.move({}, 1, math.maxinteger, 2)
end
