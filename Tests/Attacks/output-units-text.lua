-- function: assess.x
-- verdict: scriptError
-- reason: units as text

function program.assess.x(facts, settings, context)
  return grant(1, {units = 'many'})
end
