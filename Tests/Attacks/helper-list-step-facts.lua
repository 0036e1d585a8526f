-- function: assess.x
-- verdict: scriptError
-- reason: list.step given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = list.step
  call(facts)
  return grant(0)
end
