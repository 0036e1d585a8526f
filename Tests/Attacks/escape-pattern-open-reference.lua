-- function: assess.x
-- verdict: scriptError
-- reason: a back reference to an open capture

function program.assess.x(facts, settings, context)
  return ('aa'):find('(a%1)')
end
