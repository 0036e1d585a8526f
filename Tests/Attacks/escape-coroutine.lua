-- function: assess.x
-- verdict: scriptError
-- reason: coroutines: not in the environment

function program.assess.x(facts, settings, context)
  return coroutine.wrap(function() end)()
end
