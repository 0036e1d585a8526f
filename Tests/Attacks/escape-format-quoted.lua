-- function: assess.x
-- verdict: scriptError
-- reason: %q tells the bytes of anything

function program.assess.x(facts, settings, context)
  return string.format('%q', facts)
end
