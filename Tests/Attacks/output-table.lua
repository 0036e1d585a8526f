-- function: assess.x
-- verdict: badOutput
-- reason: a table that looks like a decision

function program.assess.x(facts, settings, context)
  return {kind = 'grant', amount = 5000}
end
