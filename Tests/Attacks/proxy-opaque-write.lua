-- function: assess.x
-- verdict: scriptError
-- reason: writing into a file

function program.assess.x(facts, settings, context)
  facts.proof.x = 1
end
