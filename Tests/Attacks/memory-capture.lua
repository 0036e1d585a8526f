-- function: assess.x
-- verdict: budgetMemory or budgetInstructions
-- reason: captures of a text that doubles

function program.assess.x(facts, settings, context)
  local s = 'xxxx'
  while true do
    local a, b = s:match('^(.*)(.*)$')
    s = a .. a .. b
  end
end
