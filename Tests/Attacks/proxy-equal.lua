-- function: assess.x
-- verdict: harmless grant 1
-- reason: facts equal themselves and nothing else

function program.assess.x(facts, settings, context)
  return grant((facts == facts and facts ~= context and facts.subject == facts.subject) and 1 or 0)
end
