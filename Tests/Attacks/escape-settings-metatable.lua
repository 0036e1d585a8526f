-- function: assess.x
-- verdict: harmless grant 1
-- reason: no metatable shows through a frozen table

function program.assess.x(facts, settings, context)
  return grant((math.__index or string.__index or program.__index) == nil and 1 or 0)
end
