-- function: assess.x
-- verdict: scriptError
-- reason: a fact that is not declared

function program.assess.x(facts, settings, context)
  return grant(facts.salary)
end
