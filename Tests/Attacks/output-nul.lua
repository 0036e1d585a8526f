-- function: assess.x
-- verdict: harmless grant 0
-- reason: a text with a NUL is a text like any other

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {s = 'a\0b'}})
end
