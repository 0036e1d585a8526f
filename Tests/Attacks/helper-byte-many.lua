-- function: assess.x
-- verdict: scriptError
-- reason: more bytes than a stack takes

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 12 do s = s .. s end
  return s:byte(1, -1)
end
