-- function: assess.x
-- verdict: scriptError
-- reason: a replacement that names no capture

function program.assess.x(facts, settings, context)
  return ('x'):gsub('x', '%9')
end
