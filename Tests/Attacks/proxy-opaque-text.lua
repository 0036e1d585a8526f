-- function: assess.x
-- verdict: scriptError
-- reason: the content of a file as text

function program.assess.x(facts, settings, context)
  return grant(#(facts.proof .. ''))
end
