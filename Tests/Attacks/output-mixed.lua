-- function: assess.x
-- verdict: scriptError
-- reason: neither list nor by name

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {v = {1, 2, x = 3}}})
end
