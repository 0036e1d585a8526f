-- function: assess.x
-- verdict: budgetInstructions
-- reason: a polygon with many corners

function program.assess.x(facts, settings, context)
  local area = {}
  for i = 1, 3000 do area[i] = {lat = i, lon = i * i % 97} end
  while true do local _ = area[1].lat end
end
