-- function: assess.x
-- verdict: scriptError
-- reason: an escape that runs over the end of a set

function program.assess.x(facts, settings, context)
  return ('x'):find('[%')
end
