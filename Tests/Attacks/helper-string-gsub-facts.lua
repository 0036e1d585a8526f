-- function: assess.x
-- verdict: scriptError
-- reason: string.gsub given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = string.gsub
  call(facts)
  return grant(0)
end
