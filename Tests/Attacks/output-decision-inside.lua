-- function: assess.x
-- verdict: scriptError
-- reason: a decision in what is returned

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {d = grant(1)}})
end
