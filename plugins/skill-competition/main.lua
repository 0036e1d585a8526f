function program.assess.enter(facts)
  if not facts.subject.is_member then return refuse("NOT_A_MEMBER") end
  return grant()
end

function program.assess.award(facts, settings)
  local place = facts.application.place
  local award = list.pick(settings.awards, "place", place)
  if not award then return refuse("NO_AWARD", {place = place}) end
  return grant(award.amount)
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

-- 每名选手的平均分(百分之一分),从高到低;同分同名次,下一名次跳过。
-- Averages in hundredths of a point, the highest first; ties share a place and the next one is skipped.
local function places(round, needed)
  local rows, of = {}, {}
  for _, entrant in ipairs(record.list("entrant")) do
    local row = {number = entrant.number, person = entrant.person, sum = 0, judges = 0}
    of[entrant.ref] = row
    table.insert(rows, row)
  end
  for _, score in ipairs(record.list("score", {round = round})) do
    local row = of[score.entrant.ref]
    row.sum = row.sum + score.points
    row.judges = row.judges + 1
  end
  for _, row in ipairs(rows) do
    if row.judges < needed then return nil end
    row.points = row.sum * 100 // row.judges
  end
  table.sort(rows, function(a, b) return a.points > b.points end)
  for i, row in ipairs(rows) do
    row.place = i > 1 and rows[i - 1].points == row.points and rows[i - 1].place or i
  end
  return rows
end

function program.action.ranking(input, settings)
  local rows = places(input.round, settings.judges_needed)
  if not rows then return fail("JUDGES_MISSING", {needed = settings.judges_needed}) end
  local shown = {}
  for _, row in ipairs(rows) do
    table.insert(shown, {number = row.number, place = row.place, points = row.points})
  end
  return answer {places = shown}
end

function program.action.publish(_, settings)
  local rows = places(settings.rounds, settings.judges_needed)
  if not rows then return fail("JUDGES_MISSING", {needed = settings.judges_needed}) end
  local count = 0
  for _, row in ipairs(rows) do
    if list.pick(settings.awards, "place", row.place) then
      count = count + 1
      case.open("award", {person = row.person, place = row.place, points = row.points}, {subject = row.person})
    end
  end
  return answer {awards = count}
end
