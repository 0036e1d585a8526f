-- function: assess.x
-- verdict: scriptError
-- reason: select given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = select
  call()
  return grant(0)
end
