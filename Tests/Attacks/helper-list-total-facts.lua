-- function: assess.x
-- verdict: scriptError
-- reason: list.total given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = list.total
  call(facts)
  return grant(0)
end
