-- function: assess.x
-- verdict: scriptError
-- reason: money.split given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = money.split
  call()
  return grant(0)
end
