-- function: assess.x
-- verdict: scriptError
-- reason: an error at a level that is none

function program.assess.x(facts, settings, context)
  error('x', math.maxinteger)
end
