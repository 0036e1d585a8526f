-- function: assess.x
-- verdict: scriptError
-- reason: writing into settings

function program.assess.x(facts, settings, context)
  settings.value = facts.n
  return grant(settings.value)
end
