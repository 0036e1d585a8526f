-- function: assess.x
-- verdict: scriptError
-- reason: facts by a table

function program.assess.x(facts, settings, context)
  return grant(facts[{}])
end
