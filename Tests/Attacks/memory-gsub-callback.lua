-- function: assess.x
-- verdict: budgetMemory
-- reason: a callback that gives back the whole text

function program.assess.x(facts, settings, context)
  local s = 'xxxx'
  while true do
    local whole = s
    s = s:gsub('.', function() return whole end)
  end
end
