-- function: assess.x
-- verdict: scriptError
-- reason: an error without a value

function program.assess.x(facts, settings, context)
  error(nil)
end
