-- function: assess.x
-- verdict: scriptError
-- reason: arithmetic on texts makes fractions that no decision takes

function program.assess.x(facts, settings, context)
  return grant('1.5' * 2)
end
