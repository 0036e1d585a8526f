-- function: assess.x
-- verdict: scriptError
-- reason: string.gsub given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = string.gsub
  call(true)
  return grant(0)
end
