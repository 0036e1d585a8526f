-- function: assess.x
-- verdict: scriptError
-- reason: more flags than a format has

function program.assess.x(facts, settings, context)
  return string.format('%-+ #0-+ #0d', 1)
end
