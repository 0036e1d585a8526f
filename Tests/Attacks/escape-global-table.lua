-- function: assess.x
-- verdict: scriptError
-- reason: _G: not in the environment

function program.assess.x(facts, settings, context)
  return _G.grant
end
