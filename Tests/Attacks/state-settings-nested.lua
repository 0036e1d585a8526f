-- function: assess.x
-- verdict: scriptError
-- reason: writing into a list of settings

function program.assess.x(facts, settings, context)
  settings.list[1] = facts.n
  return grant(settings.list[1])
end
