-- function: assess.x
-- verdict: scriptError
-- reason: arguments that no decision has

function program.assess.x(facts, settings, context)
  return refuse('A', {}, {}, {})
end
