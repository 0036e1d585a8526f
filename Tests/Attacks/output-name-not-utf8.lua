-- function: assess.x
-- verdict: scriptError
-- reason: a name that is no UTF-8

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {['\x80'] = 1}})
end
