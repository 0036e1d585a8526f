-- function: assess.x
-- verdict: scriptError
-- reason: money.rate given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = money.rate
  call(facts)
  return grant(0)
end
