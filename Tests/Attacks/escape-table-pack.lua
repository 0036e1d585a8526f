-- function: assess.x
-- verdict: scriptError
-- reason: table.pack: not in the environment

function program.assess.x(facts, settings, context)
  return table.pack(1)
end
