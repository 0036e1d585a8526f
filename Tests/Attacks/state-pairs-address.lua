-- function: assess.x
-- verdict: scriptError
-- reason: pairs over tables as keys

function program.assess.x(facts, settings, context)
  local t = {[{}] = 1, [{}] = 2}
  for k in pairs(t) do return grant(t[k]) end
end
