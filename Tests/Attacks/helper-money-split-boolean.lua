-- function: assess.x
-- verdict: scriptError
-- reason: money.split given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = money.split
  call(true)
  return grant(0)
end
