-- function: assess.x
-- verdict: scriptError
-- reason: a percent sign at the end

function program.assess.x(facts, settings, context)
  return string.format('%')
end
