-- function: assess.x
-- verdict: scriptError
-- reason: string.pack: not in the environment

function program.assess.x(facts, settings, context)
  return string.pack('i4', 1)
end
