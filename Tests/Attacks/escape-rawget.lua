-- function: assess.x
-- verdict: scriptError
-- reason: rawget: not in the environment

function program.assess.x(facts, settings, context)
  return rawget(facts, 'n')
end
