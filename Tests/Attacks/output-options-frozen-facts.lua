-- function: assess.x
-- verdict: scriptError
-- reason: facts as options

function program.assess.x(facts, settings, context)
  return grant(1, facts)
end
