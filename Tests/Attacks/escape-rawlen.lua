-- function: assess.x
-- verdict: scriptError
-- reason: rawlen: not in the environment

function program.assess.x(facts, settings, context)
  return rawlen(settings.list)
end
