-- 返乡购票补贴:往返合计,按票价分档。 Both ways added; the subsidy goes by tiers of the fare.

-- 这张票不能算的原因;能算为 nil。 Why a ticket doesn't count, or nil.
local function fault(ticket, settings, season)
  if not list.has(settings.transport, ticket.kind) then return "WRONG_TRANSPORT" end
  local width, here = #settings.area_prefix, settings.area_prefix
  if string.sub(ticket.from_area, 1, width) ~= here and string.sub(ticket.to_area, 1, width) ~= here then
    return "WRONG_ROUTE"
  end
  if ticket.travel_on < season.from or ticket.travel_on > season.to then return "OUT_OF_WINDOW" end
end

function program.assess.claim(facts, settings, context)
  if not facts.subject.is_verified then return refuse("NOT_VERIFIED") end
  if not facts.subject.is_migrant then return refuse("NOT_MIGRANT") end
  if facts.look.refunded.count > 0 then return refuse("REFUNDED", {count = facts.look.refunded.count}) end
  local total, kept, code = 0, 0, nil
  for _, ticket in ipairs(facts.application.tickets) do
    local why = fault(ticket, settings, context.season)
    code = code or why
    if not why then
      total, kept = total + ticket.fare, kept + 1
    end
  end
  if kept == 0 and code == "WRONG_TRANSPORT" then return refuse("WRONG_TRANSPORT") end
  if kept == 0 and code == "WRONG_ROUTE" then return refuse("WRONG_ROUTE") end
  if kept == 0 then return refuse("OUT_OF_WINDOW", {from = context.season.from, to = context.season.to}) end
  local tier = list.step(settings.tiers, total)
  if total < settings.min_total or not tier then
    return refuse("BELOW_MIN_TICKET", {total = total, least = settings.min_total})
  end
  return grant(tier.pay)
end

-- 领了补贴又退票:追回。 Refunded after all: what was paid is asked back.
function program.recheck.claim(facts)
  local count = facts.look.refunded.count
  if count > 0 then return revoke("REFUNDED", {count = count}) end
end
