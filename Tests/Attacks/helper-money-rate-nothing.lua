-- function: assess.x
-- verdict: scriptError
-- reason: money.rate given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = money.rate
  call()
  return grant(0)
end
