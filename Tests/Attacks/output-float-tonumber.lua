-- function: assess.x
-- verdict: scriptError
-- reason: tonumber makes no number with a fraction

function program.assess.x(facts, settings, context)
  return grant(tonumber('1.5'))
end
