-- function: assess.x
-- verdict: scriptError
-- reason: table.sort given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = table.sort
  call(true)
  return grant(0)
end
