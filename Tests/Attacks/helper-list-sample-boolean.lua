-- function: assess.x
-- verdict: scriptError
-- reason: list.sample given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = list.sample
  call(true)
  return grant(0)
end
