-- function: assess.x
-- verdict: scriptError
-- reason: the metatable of texts: not in the environment

function program.assess.x(facts, settings, context)
  return getmetatable('').__index
end
