-- function: assess.x
-- verdict: scriptError
-- reason: an option that does not exist

function program.assess.x(facts, settings, context)
  return grant(1, {paid = true})
end
