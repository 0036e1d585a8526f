-- function: assess.x
-- verdict: badOutput
-- reason: an integer where a decision belongs

function program.assess.x(facts, settings, context)
  return 5000
end
