-- function: assess.x
-- verdict: scriptError
-- reason: list.total given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = list.total
  call(true)
  return grant(0)
end
