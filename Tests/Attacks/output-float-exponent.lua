-- function: assess.x
-- verdict: scriptError
-- reason: nor of an exponent

function program.assess.x(facts, settings, context)
  return grant(tonumber('1e3'))
end
