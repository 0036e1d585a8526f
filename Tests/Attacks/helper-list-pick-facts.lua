-- function: assess.x
-- verdict: scriptError
-- reason: list.pick given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = list.pick
  call(facts)
  return grant(0)
end
