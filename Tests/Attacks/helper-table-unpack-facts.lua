-- function: assess.x
-- verdict: scriptError
-- reason: table.unpack given the facts as its first argument

function program.assess.x(facts, settings, context)
  local call = table.unpack
  call(facts)
  return grant(0)
end
