-- function: assess.x
-- verdict: scriptError
-- reason: string.find given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = string.find
  call(true)
  return grant(0)
end
