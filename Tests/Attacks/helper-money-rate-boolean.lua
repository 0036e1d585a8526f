-- function: assess.x
-- verdict: scriptError
-- reason: money.rate given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = money.rate
  call(true)
  return grant(0)
end
