-- function: assess.x
-- verdict: scriptError
-- reason: sorting tables without a comparator

function program.assess.x(facts, settings, context)
  table.sort({{}, {}})
end
