-- function: assess.x
-- verdict: scriptError
-- reason: a character cut in two

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {s = ('娘家'):sub(1, 4)}})
end
