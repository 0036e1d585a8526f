-- function: assess.x
-- verdict: scriptError
-- reason: a date before all dates

function program.assess.x(facts, settings, context)
  return grant(#date.add('0001-01-01', -1))
end
