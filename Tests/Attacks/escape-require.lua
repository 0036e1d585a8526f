-- function: assess.x
-- verdict: scriptError
-- reason: require: not in the environment

function program.assess.x(facts, settings, context)
  return require('os')
end
