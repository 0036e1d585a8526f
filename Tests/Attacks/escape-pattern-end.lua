-- function: assess.x
-- verdict: scriptError
-- reason: a set that runs over the end

function program.assess.x(facts, settings, context)
  return ('x'):find('[a-')
end
