-- 职工医疗互助:单位整体参加,出院后申请,按期累计。 Units enrol as a whole; claims accumulate over a term.

function program.assess.enrol(facts, settings, context)
  local from, last = context.season.from, facts.look.before.last
  -- 续保:保障和等待期从首次参加算起,跨期住院不受影响。 Cover goes on from where it began, for stays over new year.
  local renewed = last and date.days(last.covered_to, from) <= settings.renewal_gap_days
  return grant(settings.fee, {keeps = {
    covered_from = renewed and last.covered_from or from,
    waits_until = renewed and last.waits_until or date.add(from, settings.waiting_days),
    covered_to = context.season.to,
  }})
end

local function by_day(claim, daily, term, keep)
  local days = date.days(claim.admitted_on, claim.discharged_on) - daily.from_day + 1
  if days <= 0 then return limit(0, "SHORT_STAY", {day = daily.from_day}, keep) end
  return grant(days * daily.per_day, keep):at_most(daily.cap - term.amount, "CAPPED_PERIOD", {most = daily.cap})
end

-- f(累计) − 已补助:分几次申请,总额不变。 However a bill is split into claims, the total is the same.
local function by_tiers(claim, settings, term, keep)
  local total = term.sum.self_pay + claim.self_pay
  local due = money.tiers(total - settings.deductible, settings.tiers)
  if due == 0 then
    return limit(0, "BELOW_DEDUCTIBLE", {total = total, deductible = settings.deductible}, keep)
  end
  if due <= term.amount then return limit(0, "NOTHING_MORE", {paid = term.amount}, keep) end
  return grant(due - term.amount, keep):at_most(settings.term_cap - term.amount, "CAPPED_PERIOD", {most = settings.term_cap})
end

function program.assess.claim(facts, settings, context)
  local claim, cover, term = facts.application, facts.look.cover, facts.look.term
  if cover.count == 0 then return refuse("NOT_ENROLLED") end
  if claim.admitted_on > claim.discharged_on or claim.discharged_on > context.submitted_on then return incomplete("DATES") end
  local begins = claim.cause == "accident" and cover.last.covered_from or cover.last.waits_until
  if claim.admitted_on < begins then return refuse("WAITING_PERIOD", {day = begins}) end
  if list.has(settings.excluded_causes, claim.cause) then return refuse("EXCLUDED_CAUSE") end
  if date.days(claim.discharged_on, context.submitted_on) > settings.deadline_days and not context.waived.LATE_CLAIM then
    return refuse("LATE_CLAIM", {days = settings.deadline_days})
  end
  local keep = {keeps = {self_pay = claim.self_pay}}
  if settings.daily then return by_day(claim, settings.daily, term, keep) end
  return by_tiers(claim, settings, term, keep)
end
