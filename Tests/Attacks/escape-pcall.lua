-- function: assess.x
-- verdict: scriptError
-- reason: pcall: not in the environment

function program.assess.x(facts, settings, context)
  return pcall(error)
end
