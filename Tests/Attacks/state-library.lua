-- function: assess.x
-- verdict: scriptError
-- reason: replacing a function of a library

function program.assess.x(facts, settings, context)
  math.max = math.min
  return grant(0)
end
