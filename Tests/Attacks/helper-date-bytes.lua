-- function: assess.x
-- verdict: scriptError
-- reason: a date of ten bytes that are no digits

function program.assess.x(facts, settings, context)
  return grant(#date.add('\0\0\0\0-\0\0-\0\0', 1))
end
