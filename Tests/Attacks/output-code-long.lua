-- function: assess.x
-- verdict: scriptError
-- reason: a reason code longer than is allowed

function program.assess.x(facts, settings, context)
  local s = 'A'
  for i = 1, 7 do s = s .. s end
  return refuse(s)
end
