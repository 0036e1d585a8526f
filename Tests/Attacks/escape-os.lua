-- function: assess.x
-- verdict: scriptError
-- reason: os: not in the environment

function program.assess.x(facts, settings, context)
  return os.execute("true")
end
