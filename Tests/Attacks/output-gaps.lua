-- function: assess.x
-- verdict: scriptError
-- reason: a list with a gap

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {v = {1, nil, 3}}})
end
