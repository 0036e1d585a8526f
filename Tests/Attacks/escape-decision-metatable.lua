-- function: assess.x
-- verdict: scriptError
-- reason: the metatable of a decision by name

function program.assess.x(facts, settings, context)
  return grant(1).__gc
end
