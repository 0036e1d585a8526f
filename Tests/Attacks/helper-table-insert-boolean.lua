-- function: assess.x
-- verdict: scriptError
-- reason: table.insert given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = table.insert
  call(true)
  return grant(0)
end
