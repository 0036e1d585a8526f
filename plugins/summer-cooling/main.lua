-- 夏送清凉:户外和高温岗位,不问是否会员。 Outdoor and hot posts are served, members or not.

local function too_soon(last_on, context, days)
  return last_on and not context.waived.MIN_INTERVAL and date.days(last_on, context.on) < days
end

function program.assess.package(facts, settings, context)
  local packs = facts.look.packs
  if not list.has(settings.exposures, facts.subject.exposure) then return refuse("NOT_EXPOSED") end
  if packs.count >= settings.season_cap then return refuse("SEASON_CAP", {count = packs.count}) end
  if too_soon(packs.last_on, context, settings.min_interval_days) then
    return refuse("MIN_INTERVAL", {last = packs.last_on, days = settings.min_interval_days})
  end
  return grant(settings.value, {units = 1})
end

function program.assess.site_visit(facts, settings, context)
  local headcount, employees, visits = facts.application.headcount, facts.subject.employees, facts.look.visits
  if not list.has(settings.exposures, facts.subject.exposure) then return refuse("NOT_EXPOSED") end
  if too_soon(visits.last_on, context, settings.site_interval_days) then
    return refuse("MIN_INTERVAL", {last = visits.last_on, days = settings.site_interval_days})
  end
  if employees and headcount > employees then
    return review("OVER_ROSTER", {headcount = headcount, employees = employees})
  end
  return grant(headcount * settings.per_head, {units = headcount})
    :at_most(settings.site_cap, "CAPPED_SITE", {most = settings.site_cap})
end

function program.assess.station_supply(facts, settings)
  if facts.subject.status ~= "open" then return refuse("NOT_OPEN") end
  local most = settings.supply_season_cap
  return grant(settings.supply_month):at_most(most - facts.look.supplies.amount, "CAPPED_SEASON", {most = most})
end
