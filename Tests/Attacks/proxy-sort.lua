-- function: assess.x
-- verdict: scriptError
-- reason: sorting facts

function program.assess.x(facts, settings, context)
  table.sort(facts)
end
