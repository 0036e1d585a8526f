-- function: assess.x
-- verdict: scriptError
-- reason: dofile: not in the environment

function program.assess.x(facts, settings, context)
  return dofile('/etc/passwd')
end
