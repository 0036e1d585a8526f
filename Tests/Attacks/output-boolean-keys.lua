-- function: assess.x
-- verdict: scriptError
-- reason: keys that are booleans

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {v = {[true] = 1}}})
end
