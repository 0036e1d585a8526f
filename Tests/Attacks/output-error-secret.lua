-- function: assess.x
-- verdict: scriptError
-- reason: an error message is the author's text, bounded

function program.assess.x(facts, settings, context)
  local s = 'x'
  for i = 1, 16 do s = s .. s end
  error(s)
end
