-- function: assess.x
-- verdict: scriptError
-- reason: next, which tells the order of a hash: not in the environment

function program.assess.x(facts, settings, context)
  return next({})
end
