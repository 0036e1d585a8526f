-- function: assess.x
-- verdict: scriptError
-- reason: money.split given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = money.split
  call(facts)
  return grant(0)
end
