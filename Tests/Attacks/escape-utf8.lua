-- function: assess.x
-- verdict: scriptError
-- reason: utf8: not in the environment

function program.assess.x(facts, settings, context)
  return utf8.char(65)
end
