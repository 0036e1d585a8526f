-- function: assess.x
-- verdict: scriptError
-- reason: a back reference to a position capture

function program.assess.x(facts, settings, context)
  return ('aa'):find('()%1')
end
