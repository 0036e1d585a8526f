-- function: assess.x
-- verdict: scriptError
-- reason: keys that no list has

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {v = {[-1] = 1}}})
end
