-- function: assess.x
-- verdict: scriptError
-- reason: facts by number

function program.assess.x(facts, settings, context)
  return grant(facts[1])
end
