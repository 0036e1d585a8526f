-- function: assess.x
-- verdict: scriptError
-- reason: table.remove given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = table.remove
  call(facts)
  return grant(0)
end
