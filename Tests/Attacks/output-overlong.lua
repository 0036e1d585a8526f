-- function: assess.x
-- verdict: scriptError
-- reason: an overlong encoding

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {s = '\xc0\x80'}})
end
