-- function: assess.x
-- verdict: scriptError
-- reason: a byte beyond 255

function program.assess.x(facts, settings, context)
  return string.char(256)
end
