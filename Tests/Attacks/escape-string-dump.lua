-- function: assess.x
-- verdict: scriptError
-- reason: string.dump: not in the environment

function program.assess.x(facts, settings, context)
  return string.dump(grant)
end
