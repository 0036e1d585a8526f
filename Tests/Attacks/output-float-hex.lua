-- function: assess.x
-- verdict: scriptError
-- reason: nor of a hexadecimal fraction

function program.assess.x(facts, settings, context)
  return grant(tonumber('0x1p4'))
end
