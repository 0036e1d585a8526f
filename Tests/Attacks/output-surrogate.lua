-- function: assess.x
-- verdict: scriptError
-- reason: an encoded surrogate

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {s = '\xed\xa0\x80'}})
end
