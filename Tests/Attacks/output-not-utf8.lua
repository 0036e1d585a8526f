-- function: assess.x
-- verdict: scriptError
-- reason: bytes that are no UTF-8

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {s = '\xff\xfe'}})
end
