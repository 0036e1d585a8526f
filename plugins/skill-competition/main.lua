function program.assess.enter(facts)
  return facts.subject.is_member and grant() or refuse("NOT_A_MEMBER")
end

function program.assess.award(facts, settings)
  local place = facts.application.place
  local award = list.pick(settings.awards, "place", place)
  return award and grant(award.amount) or refuse("NO_AWARD", {place = place})
end

function program.action.admit(input)
  local entry = case.get(input.entry)
  if entry.state ~= "done" then return fail("NOT_ADMITTED") end
  record.put("entrant", {number = input.number, person = entry.person, unit = entry.unit, trade = entry.trade})
  return answer {number = input.number}
end

function program.action.score(input, settings, context)
  if input.round < 1 or input.round > settings.rounds then return fail("NO_SUCH_ROUND", {rounds = settings.rounds}) end
  record.put("score", {entrant = input.entrant, round = input.round, judge = context.actor.person, points = input.points})
  return answer {}
end

-- 平均分(百分之一分)从高到低;同分同名次。 Averages in hundredths of a point; ties share a place, the next one is skipped.
local function places(round, needed)
  local entrants, sums, rows = record.list("entrant"), {}, {}
  for _, entrant in ipairs(entrants) do sums[entrant.ref] = {points = 0, judges = 0} end
  for _, score in ipairs(record.list("score", {round = round})) do
    local sum = sums[score.entrant.ref]
    sum.points, sum.judges = sum.points + score.points, sum.judges + 1
  end
  for _, entrant in ipairs(entrants) do
    local sum = sums[entrant.ref]
    if sum.judges < needed then return nil end
    table.insert(rows, {number = entrant.number, points = sum.points * 100 // sum.judges})
  end
  table.sort(rows, function(a, b) return a.points > b.points end)
  for i, row in ipairs(rows) do row.place = i > 1 and rows[i - 1].points == row.points and rows[i - 1].place or i end
  return rows
end

function program.action.ranking(input, settings)
  local rows = places(input.round, settings.judges_needed)
  if not rows then return fail("JUDGES_MISSING", {needed = settings.judges_needed}) end
  return answer {places = rows}
end

function program.action.publish(_, settings)
  local rows = places(settings.rounds, settings.judges_needed)
  if not rows then return fail("JUDGES_MISSING", {needed = settings.judges_needed}) end
  local count = 0
  for _, row in ipairs(rows) do
    if list.pick(settings.awards, "place", row.place) then
      count = count + 1
      local person = record.get("entrant", row.number).person
      case.open("award", {person = person, place = row.place, points = row.points}, {subject = person})
    end
  end
  return answer {awards = count}
end
