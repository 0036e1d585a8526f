-- function: assess.x
-- verdict: harmless grant 3
-- reason: a table written while pairs walks through it

function program.assess.x(facts, settings, context)
  local t, n = {a = 1, b = 2, c = 3}, 0
  for k in pairs(t) do
    n = n + 1
    t[k .. k] = 1
  end
  return grant(n)
end
