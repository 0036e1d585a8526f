-- function: assess.x
-- verdict: scriptError
-- reason: a field of a file

function program.assess.x(facts, settings, context)
  return grant(facts.proof.name)
end
