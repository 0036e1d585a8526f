-- function: assess.x
-- verdict: scriptError
-- reason: string.sub given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = string.sub
  call(facts)
  return grant(0)
end
