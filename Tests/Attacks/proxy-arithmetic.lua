-- function: assess.x
-- verdict: scriptError
-- reason: computing with facts

function program.assess.x(facts, settings, context)
  return grant(facts + 1)
end
