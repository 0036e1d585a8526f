-- function: assess.x
-- verdict: scriptError
-- reason: an error that forges its line

function program.assess.x(facts, settings, context)
  error('main.lua:99999999999999999999: x', 0)
end
