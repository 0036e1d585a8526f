-- function: assess.x
-- verdict: scriptError
-- reason: bytecode: not in the environment

function program.assess.x(facts, settings, context)
  return load('\27Lua\x54\0')()
end
