-- function: assess.x
-- verdict: scriptError
-- reason: list.pluck given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = list.pluck
  call(facts)
  return grant(0)
end
