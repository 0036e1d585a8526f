-- function: assess.x
-- verdict: scriptError
-- reason: table.unpack given nothing as its first argument

function program.assess.x(facts, settings, context)
  local call = table.unpack
  call()
  return grant(0)
end
