-- function: assess.x
-- verdict: scriptError
-- reason: a function in what is returned

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {f = grant}})
end
