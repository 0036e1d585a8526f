-- function: assess.x
-- verdict: scriptError
-- reason: calling what is no function

function program.assess.x(facts, settings, context)
  return facts.n()
end
