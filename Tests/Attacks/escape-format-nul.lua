-- function: assess.x
-- verdict: scriptError
-- reason: a NUL where a conversion belongs

function program.assess.x(facts, settings, context)
  return string.format('%\0d', 1)
end
