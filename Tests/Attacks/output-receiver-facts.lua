-- function: assess.x
-- verdict: scriptError
-- reason: the facts as the receiver of at_most

function program.assess.x(facts, settings, context)
  return grant(1).at_most(facts, 1, 'A')
end
