-- function: assess.x
-- verdict: scriptError
-- reason: %b without its characters

function program.assess.x(facts, settings, context)
  return ('x'):find('%b')
end
