-- function: assess.x
-- verdict: harmless grant 3
-- reason: the subject is replaced while it is walked through: texts do not change

function program.assess.x(facts, settings, context)
  local s = 'abc'
  local n = 0
  for _ in s:gmatch('.') do
    s = 'x'
    n = n + 1
  end
  return grant(n)
end
