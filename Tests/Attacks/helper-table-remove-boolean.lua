-- function: assess.x
-- verdict: scriptError
-- reason: table.remove given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = table.remove
  call(true)
  return grant(0)
end
