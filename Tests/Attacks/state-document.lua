-- function: assess.x
-- verdict: scriptError
-- reason: writing into a document

function program.assess.x(facts, settings, context)
  facts.rows[1].age = 5
  return grant(0)
end
