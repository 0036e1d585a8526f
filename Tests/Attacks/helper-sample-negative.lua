-- function: assess.x
-- verdict: scriptError
-- reason: a negative number of drawn

function program.assess.x(facts, settings, context)
  return grant(#list.sample({1}, -1, 'seed'))
end
