-- function: assess.x
-- verdict: scriptError
-- reason: writing into the library through a text

function program.assess.x(facts, settings, context)
  ('').sub = grant
end
