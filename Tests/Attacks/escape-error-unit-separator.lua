-- function: assess.x
-- verdict: scriptError
-- reason: an error that forges the two languages

function program.assess.x(facts, settings, context)
  error('zh\x1fen\x1fmore')
end
