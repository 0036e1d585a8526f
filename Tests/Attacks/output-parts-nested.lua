-- function: assess.x
-- verdict: scriptError
-- reason: parts that are tables

function program.assess.x(facts, settings, context)
  return grant(1, {parts = {{1}}})
end
