-- function: assess.x
-- verdict: scriptError
-- reason: the length of facts

function program.assess.x(facts, settings, context)
  return grant(#facts)
end
