-- function: assess.x
-- verdict: scriptError
-- reason: string.format given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = string.format
  call(facts)
  return grant(0)
end
