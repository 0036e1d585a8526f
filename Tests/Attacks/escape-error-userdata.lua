-- function: assess.x
-- verdict: scriptError
-- reason: an error whose value is the facts

function program.assess.x(facts, settings, context)
  error(facts)
end
