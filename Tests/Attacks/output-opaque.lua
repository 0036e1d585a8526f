-- function: assess.x
-- verdict: badOutput
-- reason: a file where a decision belongs

function program.assess.x(facts, settings, context)
  return facts.proof
end
