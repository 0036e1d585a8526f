-- function: assess.x
-- verdict: scriptError
-- reason: a table that is small and, written out, huge: each level holds the next one ten times

function program.assess.x(facts, settings, context)
  local t = {1}
  for level = 1, 7 do
    local u = {}
    for i = 1, 10 do u[i] = t end
    t = u
  end
  return grant(0, {keeps = {v = t}})
end
