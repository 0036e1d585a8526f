-- function: assess.x
-- verdict: scriptError
-- reason: setmetatable: not in the environment

function program.assess.x(facts, settings, context)
  return setmetatable({}, {})
end
