-- function: assess.x
-- verdict: scriptError
-- reason: the facts in what is returned

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {f = facts}})
end
