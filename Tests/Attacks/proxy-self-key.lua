-- function: assess.x
-- verdict: scriptError
-- reason: facts by themselves

function program.assess.x(facts, settings, context)
  return grant(facts[facts])
end
