-- function: assess.x
-- verdict: scriptError
-- reason: table.sort given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = table.sort
  call(facts)
  return grant(0)
end
