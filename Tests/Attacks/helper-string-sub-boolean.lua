-- function: assess.x
-- verdict: scriptError
-- reason: string.sub given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = string.sub
  call(true)
  return grant(0)
end
