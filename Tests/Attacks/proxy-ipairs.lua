-- function: assess.x
-- verdict: scriptError
-- reason: walking through facts by number

function program.assess.x(facts, settings, context)
  for i in ipairs(facts) do end
  return grant(0)
end
