-- function: assess.x
-- verdict: scriptError
-- reason: table.unpack given a boolean as its first argument

function program.assess.x(facts, settings, context)
  local call = table.unpack
  call(true)
  return grant(0)
end
