-- function: assess.x
-- verdict: scriptError
-- reason: an error whose value is a function

function program.assess.x(facts, settings, context)
  error(grant)
end
