-- function: assess.x
-- verdict: scriptError
-- reason: facts by nothing

function program.assess.x(facts, settings, context)
  return grant(facts[nil])
end
