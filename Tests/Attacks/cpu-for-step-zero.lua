-- function: assess.x
-- verdict: scriptError
-- reason: a step of zero

function program.assess.x(facts, settings, context)
  for i = 1, 2, 0 do end
end
