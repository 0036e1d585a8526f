-- function: assess.x
-- verdict: scriptError
-- reason: list.rank given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = list.rank
  call(true)
  return grant(0)
end
