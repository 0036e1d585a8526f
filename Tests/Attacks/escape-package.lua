-- function: assess.x
-- verdict: scriptError
-- reason: package: not in the environment

function program.assess.x(facts, settings, context)
  return package.loadlib('libc.so.6', 'system')
end
