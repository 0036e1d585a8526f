-- function: assess.x
-- verdict: scriptError
-- reason: list.pluck given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = list.pluck
  call(true)
  return grant(0)
end
