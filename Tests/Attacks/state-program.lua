-- function: assess.x
-- verdict: scriptError
-- reason: replacing a function of the program

function program.assess.x(facts, settings, context)
  program.assess.x = function() return grant(9) end
  return grant(0)
end
