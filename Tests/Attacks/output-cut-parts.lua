-- function: assess.x
-- verdict: harmless limit 1
-- reason: large parts of both signs, cut

function program.assess.x(facts, settings, context)
  return grant(2, {parts = {1000000000000000, -999999999999998}}):at_most(1, 'A')
end
