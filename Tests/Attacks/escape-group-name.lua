-- function: assess.x
-- verdict: scriptError
-- reason: metamethods of a group by name

function program.assess.x(facts, settings, context)
  return facts.subject.__newindex
end
