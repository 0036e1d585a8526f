-- function: assess.x
-- verdict: scriptError
-- reason: rawequal: not in the environment

function program.assess.x(facts, settings, context)
  return rawequal(facts, facts)
end
