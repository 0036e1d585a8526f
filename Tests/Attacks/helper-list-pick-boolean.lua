-- function: assess.x
-- verdict: scriptError
-- reason: list.pick given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = list.pick
  call(true)
  return grant(0)
end
