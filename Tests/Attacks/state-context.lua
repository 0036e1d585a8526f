-- function: assess.x
-- verdict: scriptError
-- reason: writing into the context

function program.assess.x(facts, settings, context)
  context.waived.NEW = true
  return grant(0)
end
