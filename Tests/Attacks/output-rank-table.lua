-- function: assess.x
-- verdict: scriptError
-- reason: a rank that is a table

function program.assess.x(facts, settings, context)
  return grant(1, {rank = {}})
end
