-- function: assess.x
-- verdict: scriptError
-- reason: an error whose value is a table

function program.assess.x(facts, settings, context)
  error({code = 1})
end
