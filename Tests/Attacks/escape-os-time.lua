-- function: assess.x
-- verdict: scriptError
-- reason: the clock: not in the environment

function program.assess.x(facts, settings, context)
  return os.time()
end
