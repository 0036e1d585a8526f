-- function: assess.x
-- verdict: scriptError
-- reason: a table as the receiver of at_most

function program.assess.x(facts, settings, context)
  return grant(1).at_most({}, 1, 'A')
end
