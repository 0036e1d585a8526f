-- function: assess.x
-- verdict: harmless grant 1
-- reason: money can be called and shows no metatable

function program.assess.x(facts, settings, context)
  return grant((money.__call or money.__index) == nil and money '0.01' or 0)
end
