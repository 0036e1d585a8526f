-- function: assess.x
-- verdict: scriptError
-- reason: comparing functions by order

function program.assess.x(facts, settings, context)
  return grant((grant < limit) and 1 or 0)
end
