-- function: assess.x
-- verdict: budgetInstructions
-- reason: whether a point lies in a polygon of thousands of corners

function program.assess.x(facts, settings, context)
  local corners = {}
  for i = 1, 3000 do corners[i] = {lat = i, lon = i * i % 97} end
  while true do area.within({lat = 5, lon = 5}, corners) end
end
