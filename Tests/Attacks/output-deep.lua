-- function: assess.x
-- verdict: scriptError
-- reason: nested far deeper than is allowed

function program.assess.x(facts, settings, context)
  local t = {}
  local top = t
  for i = 1, 100000 do
    t.x = {}
    t = t.x
  end
  return grant(0, {keeps = top})
end
