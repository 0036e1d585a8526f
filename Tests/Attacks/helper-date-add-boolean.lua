-- function: assess.x
-- verdict: scriptError
-- reason: date.add given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = date.add
  call(true)
  return grant(0)
end
