function program.assess.request(facts, settings, context)
  if context.stage == "declined" then return refuse("DECLINED") end
  local conflicts = facts.look.conflict.count
  if context.stage == "assigned" and conflicts > 0 then return review("CONFLICT", {count = conflicts}) end
  return grant(0, {keeps = {recovered = facts.stages.settled.recovered or 0}})
end

local function conflicts(lawyer, employer)
  return #record.list("engagement", {lawyer = lawyer, organization = employer})
end

function program.action.conflicts(input)
  return answer {count = conflicts(input.lawyer, input.employer)}
end

function program.action.assign(input)
  local request = case.get(input.request)
  local count = conflicts(input.lawyer, request.employer)
  if count > 0 then return fail("CONFLICT", {count = count}) end
  case.move(request.ref, "assigned", {lawyer = input.lawyer})
  notify.send("applicant", "assigned")
  return answer {}
end
