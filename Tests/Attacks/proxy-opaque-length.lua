-- function: assess.x
-- verdict: scriptError
-- reason: the length of a file

function program.assess.x(facts, settings, context)
  return grant(#facts.proof)
end
