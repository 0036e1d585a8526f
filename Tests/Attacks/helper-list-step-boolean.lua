-- function: assess.x
-- verdict: scriptError
-- reason: list.step given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = list.step
  call(true)
  return grant(0)
end
