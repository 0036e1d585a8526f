-- function: assess.x
-- verdict: scriptError
-- reason: a negative zero by arithmetic on texts

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {v = '-0.0' * 1}})
end
