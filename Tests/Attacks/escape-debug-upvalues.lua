-- function: assess.x
-- verdict: scriptError
-- reason: upvalues of others: not in the environment

function program.assess.x(facts, settings, context)
  return debug.setupvalue(grant, 1, nil)
end
