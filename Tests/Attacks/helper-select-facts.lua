-- function: assess.x
-- verdict: scriptError
-- reason: select given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = select
  call(facts)
  return grant(0)
end
