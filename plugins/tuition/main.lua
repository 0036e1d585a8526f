-- 金秋助学:一名子女一份裁定。 One decision for each child.

-- 在档(含渐退期)、临时困难,或都不是(nil)。 The column of the tiers that the household belongs to, or nil.
local function column_of(household)
  if household.file_status == "monitoring" then return "on_file" end
  if household.hardship_class == "temporary" then return "not_on_file" end
  local files = {deep = true, relative = true, accident = true}
  if household.file_status == "open" and files[household.hardship_class] then return "on_file" end
end

function program.assess.apply(facts, settings, context)
  local child, household = facts.line, facts.household
  if list.has(settings.excluded_school_types, child.school_type) then return refuse("EXCLUDED_SCHOOL_TYPE") end
  if child.other_grants > 0 and settings.duplicate_support == "reject" and not context.waived.DUPLICATE_SUPPORT then
    return refuse("DUPLICATE_SUPPORT", {amount = child.other_grants})
  end
  local column, tier = column_of(household), list.pick(settings.tiers, "stage", child.stage)
  if not column then return refuse("NOT_IN_HARDSHIP") end
  if not tier or tier[column] == 0 or (tier.single_parent_only and not household.is_single_parent) then
    return refuse("STAGE_NOT_COVERED")
  end
  local award, most = grant(tier[column]), list.pick(settings.pupil_caps, "stage", child.stage)
  if most then award = award:at_most(most.cap, "CAPPED_YEAR", {most = most.cap}) end
  if settings.cap_by_net_cost then
    local net = child.tuition + child.lodging + child.books - child.other_grants - facts.look.relief.amount
    award = award:at_most(net, "NET_COST_CAP", {net = math.max(net, 0)})
  end
  return award
end
