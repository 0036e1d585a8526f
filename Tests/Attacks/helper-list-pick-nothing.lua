-- function: assess.x
-- verdict: scriptError
-- reason: list.pick given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = list.pick
  call()
  return grant(0)
end
