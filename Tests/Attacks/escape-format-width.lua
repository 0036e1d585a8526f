-- function: assess.x
-- verdict: scriptError
-- reason: a width that overflows a buffer

function program.assess.x(facts, settings, context)
  return string.format('%99999d', 1)
end
