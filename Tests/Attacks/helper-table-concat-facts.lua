-- function: assess.x
-- verdict: scriptError
-- reason: table.concat given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = table.concat
  call(facts)
  return grant(0)
end
