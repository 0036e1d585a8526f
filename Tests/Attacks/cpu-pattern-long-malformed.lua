-- function: assess.x
-- verdict: scriptError
-- reason: a pattern that opens and never closes

function program.assess.x(facts, settings, context)
  return ('x'):find('[' .. ('a'):upper())
end
