-- function: assess.x
-- verdict: scriptError
-- reason: the environment: not in the environment

function program.assess.x(facts, settings, context)
  return os.getenv('HOME')
end
