-- function: assess.x
-- verdict: scriptError
-- reason: the iterator of ipairs on the facts

function program.assess.x(facts, settings, context)
  local step = ipairs({})
  return step(facts, 0)
end
