-- function: assess.x
-- verdict: scriptError
-- reason: writing into a decision

function program.assess.x(facts, settings, context)
  local d = grant(1)
  d.amount = 5
  return d
end
