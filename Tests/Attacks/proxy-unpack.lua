-- function: assess.x
-- verdict: scriptError
-- reason: unpacking facts

function program.assess.x(facts, settings, context)
  return table.unpack(facts)
end
