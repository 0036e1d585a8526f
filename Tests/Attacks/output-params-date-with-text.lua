-- function: assess.x
-- verdict: scriptError
-- reason: a text behind a date

function program.assess.x(facts, settings, context)
  return refuse('A', {on = '2026-01-01 ' .. facts.subject.name})
end
