-- function: assess.x
-- verdict: scriptError
-- reason: an error with bytes that are no text

function program.assess.x(facts, settings, context)
  error('\xff\0\x80', 0)
end
