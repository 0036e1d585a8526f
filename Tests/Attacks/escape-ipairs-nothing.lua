-- function: assess.x
-- verdict: scriptError
-- reason: the iterator of ipairs on nothing

function program.assess.x(facts, settings, context)
  local step = ipairs({})
  return step()
end
