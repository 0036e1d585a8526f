-- function: assess.x
-- verdict: scriptError
-- reason: a reason code in small letters

function program.assess.x(facts, settings, context)
  return refuse('no reason')
end
