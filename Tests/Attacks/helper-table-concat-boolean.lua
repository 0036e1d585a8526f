-- function: assess.x
-- verdict: scriptError
-- reason: table.concat given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = table.concat
  call(true)
  return grant(0)
end
