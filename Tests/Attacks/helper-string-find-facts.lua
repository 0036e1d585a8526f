-- function: assess.x
-- verdict: scriptError
-- reason: string.find given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = string.find
  call(facts)
  return grant(0)
end
