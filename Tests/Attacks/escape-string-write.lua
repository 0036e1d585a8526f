-- function: assess.x
-- verdict: scriptError
-- reason: writing into the library of texts

function program.assess.x(facts, settings, context)
  string.sub = grant
end
