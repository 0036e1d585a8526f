-- function: assess.x
-- verdict: scriptError
-- reason: joining facts to a text

function program.assess.x(facts, settings, context)
  return grant(#('x' .. facts))
end
