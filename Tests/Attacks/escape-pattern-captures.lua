-- function: assess.x
-- verdict: scriptError
-- reason: more captures than a pattern has

function program.assess.x(facts, settings, context)
  local p = '()'
  for i = 1, 6 do p = p .. p end
  return ('x'):find(p)
end
