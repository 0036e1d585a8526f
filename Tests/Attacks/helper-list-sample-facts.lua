-- function: assess.x
-- verdict: scriptError
-- reason: list.sample given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = list.sample
  call(facts)
  return grant(0)
end
