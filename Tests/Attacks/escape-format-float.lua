-- function: assess.x
-- verdict: scriptError
-- reason: %f on an integer

function program.assess.x(facts, settings, context)
  return string.format('%f', 1)
end
