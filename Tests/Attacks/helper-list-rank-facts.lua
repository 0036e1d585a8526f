-- function: assess.x
-- verdict: scriptError
-- reason: list.rank given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = list.rank
  call(facts)
  return grant(0)
end
