-- function: assess.x
-- verdict: scriptError
-- reason: a reason code with a NUL in it

function program.assess.x(facts, settings, context)
  return refuse('A\0B')
end
