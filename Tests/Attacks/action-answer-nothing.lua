-- function: action.x
-- verdict: badOutput
-- reason: returns nothing

function program.action.x(input, settings, context)
  
end
