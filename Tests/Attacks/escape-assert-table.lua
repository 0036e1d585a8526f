-- function: assess.x
-- verdict: scriptError
-- reason: assert with a table as message

function program.assess.x(facts, settings, context)
  assert(false, {})
end
