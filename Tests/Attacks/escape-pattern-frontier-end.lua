-- function: assess.x
-- verdict: scriptError
-- reason: %f without its set

function program.assess.x(facts, settings, context)
  return ('x'):find('%f')
end
