-- function: assess.x
-- verdict: scriptError
-- reason: parts that do not sum to the amount

function program.assess.x(facts, settings, context)
  return grant(10, {parts = {4, 5}})
end
