-- function: assess.x
-- verdict: scriptError
-- reason: writing into facts

function program.assess.x(facts, settings, context)
  facts.n = 5
  return grant(facts.n)
end
