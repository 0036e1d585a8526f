-- function: action.x
-- verdict: scriptError
-- reason: goes on after a refusal: there is no pcall

function program.action.x(input, settings, context)
  fund.available()
  return answer {n = 1}
end
