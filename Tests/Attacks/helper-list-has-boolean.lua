-- function: assess.x
-- verdict: scriptError
-- reason: list.has given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = list.has
  call(true)
  return grant(0)
end
