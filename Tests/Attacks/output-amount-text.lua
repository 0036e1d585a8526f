-- function: assess.x
-- verdict: scriptError
-- reason: an amount as text

function program.assess.x(facts, settings, context)
  return grant('5000')
end
