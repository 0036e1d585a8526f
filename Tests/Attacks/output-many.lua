-- function: assess.x
-- verdict: harmless grant 1
-- reason: more values than one: the rest is dropped

function program.assess.x(facts, settings, context)
  return grant(1), grant(2), refuse("A")
end
