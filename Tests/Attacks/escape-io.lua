-- function: assess.x
-- verdict: scriptError
-- reason: io: not in the environment

function program.assess.x(facts, settings, context)
  return io.open('/etc/passwd')
end
