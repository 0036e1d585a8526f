-- function: assess.x
-- verdict: badOutput
-- reason: a revocation out of an assessment

function program.assess.x(facts, settings, context)
  return revoke('A')
end
