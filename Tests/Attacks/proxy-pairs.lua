-- function: assess.x
-- verdict: scriptError
-- reason: walking through facts

function program.assess.x(facts, settings, context)
  for k in pairs(facts) do end
  return grant(0)
end
