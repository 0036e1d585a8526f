-- The reference's rule (Benchmarks/reference/src/rule.lua) as a plugin of a city.
local outdoor = {courier = true, rider = true, sanitation = true, construction = true, ride_hailing = true,
  trucker = true, gardener = true}

function program.assess.apply(facts, settings)
  local person, household = facts.subject, facts.household
  if person.member_status ~= "active" then return refuse("NOT_ACTIVE") end
  if person.joined_on > settings.joined_by then return refuse("JOINED_LATE") end
  if not outdoor[person.occupation] then return refuse("NOT_OUTDOOR") end
  local fen = settings.value
  local class = household.hardship_class
  if class == "relative" or class == "deep" then fen = fen + settings.hardship end
  if person.occupation == "sanitation" and household.size >= 4 then fen = fen + settings.large_household end
  return grant(fen)
end
