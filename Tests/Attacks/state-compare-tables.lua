-- function: assess.x
-- verdict: scriptError
-- reason: comparing tables by order

function program.assess.x(facts, settings, context)
  return grant(({} < {}) and 1 or 0)
end
