-- function: assess.x
-- verdict: scriptError
-- reason: a point beyond the poles

function program.assess.x(facts, settings, context)
  return grant(geo.metres({lat = 91000000, lon = 0}, {lat = 0, lon = 0}))
end
