-- function: assess.x
-- verdict: scriptError
-- reason: negative units

function program.assess.x(facts, settings, context)
  return grant(1, {units = -1})
end
