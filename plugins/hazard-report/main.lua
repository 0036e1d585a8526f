function program.assess.report(facts, settings, context)
  if context.stage == "dismissed" then return refuse("NOT_A_HAZARD") end
  if context.stage == "verified" and not facts.stages.verified.useful then return refuse("NOT_USEFUL") end
  local reward = list.pick(settings.rewards, "severity", facts.application.severity)
  return grant(reward.amount):at_most(settings.month_cap - facts.look.month.amount, "MONTH_CAP", {most = settings.month_cap})
end

function program.action.remind(_, _, context)
  for _, report in ipairs(case.list("report", {stage = "assigned"})) do
    if report.due and report.due < context.now then
      local days = date.days(report.due:sub(1, 10), context.today)
      notify.send(report.stages.assigned.officer, "overdue", {days = days})
    end
  end
  return answer {}
end
