-- function: assess.x
-- verdict: scriptError
-- reason: string.format given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = string.format
  call(true)
  return grant(0)
end
