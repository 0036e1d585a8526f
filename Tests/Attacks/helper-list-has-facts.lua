-- function: assess.x
-- verdict: scriptError
-- reason: list.has given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = list.has
  call(facts)
  return grant(0)
end
