-- function: assess.x
-- verdict: scriptError
-- reason: a field that a document does not have

function program.assess.x(facts, settings, context)
  return grant(facts.rows[1].salary)
end
