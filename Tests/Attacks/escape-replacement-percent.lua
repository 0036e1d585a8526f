-- function: assess.x
-- verdict: scriptError
-- reason: a percent sign at the end of a replacement

function program.assess.x(facts, settings, context)
  return ('x'):gsub('x', '%')
end
