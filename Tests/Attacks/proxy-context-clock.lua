-- function: assess.x
-- verdict: scriptError
-- reason: the day that it is, in an assessment

function program.assess.x(facts, settings, context)
  return grant(#context.today)
end
