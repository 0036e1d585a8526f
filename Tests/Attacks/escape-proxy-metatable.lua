-- function: assess.x
-- verdict: scriptError
-- reason: the metatable of facts by name

function program.assess.x(facts, settings, context)
  return facts.__index
end
