-- function: assess.x
-- verdict: scriptError
-- reason: select given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = select
  call(true)
  return grant(0)
end
