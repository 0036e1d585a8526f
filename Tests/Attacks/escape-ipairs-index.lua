-- function: assess.x
-- verdict: harmless grant 0
-- reason: the iterator of ipairs at the largest integer

function program.assess.x(facts, settings, context)
  local step = ipairs({})
  local i, v = step({}, math.maxinteger)
  return grant(v and 1 or 0)
end
