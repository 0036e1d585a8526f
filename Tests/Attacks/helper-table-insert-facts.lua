-- function: assess.x
-- verdict: scriptError
-- reason: table.insert given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = table.insert
  call(facts)
  return grant(0)
end
