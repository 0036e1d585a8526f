-- function: assess.x
-- verdict: scriptError
-- reason: collectgarbage, which tells memory: not in the environment

function program.assess.x(facts, settings, context)
  return collectgarbage('count')
end
