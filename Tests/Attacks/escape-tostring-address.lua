-- function: assess.x
-- verdict: harmless grant 5
-- reason: tostring tells a kind, never an address

function program.assess.x(facts, settings, context)
  return grant(#tostring({}))
end
