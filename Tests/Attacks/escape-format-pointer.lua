-- function: assess.x
-- verdict: scriptError
-- reason: %p tells an address

function program.assess.x(facts, settings, context)
  return grant(#string.format('%p', {}))
end
