-- function: assess.x
-- verdict: scriptError
-- reason: a wrong name beside thousands: no suggestion is searched among so many

function program.assess.x(facts, settings, context)
  local t = {}
  for i = 1, 3000 do t['name' .. i] = 1 end
  return t.nam.x
end
