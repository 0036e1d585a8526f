-- function: assess.x
-- verdict: harmless limit 1
-- reason: units and amounts at the bounds of an integer, cut to one

function program.assess.x(facts, settings, context)
  return grant(math.maxinteger, {units = math.maxinteger}):at_most(1, 'A')
end
