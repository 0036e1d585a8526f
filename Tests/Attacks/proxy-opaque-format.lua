-- function: assess.x
-- verdict: scriptError
-- reason: a file in a format: its kind is told, nothing else

function program.assess.x(facts, settings, context)
  assert(('%s'):format(facts.proof) == 'opaque')
  return grant(facts.proof + 1)
end
