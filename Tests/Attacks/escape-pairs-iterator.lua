-- function: assess.x
-- verdict: harmless grant 0
-- reason: the iterator of pairs called with anything and after its end

function program.assess.x(facts, settings, context)
  local step = pairs({a = 1})
  step(facts, {})
  step()
  return grant(step() and 1 or 0)
end
