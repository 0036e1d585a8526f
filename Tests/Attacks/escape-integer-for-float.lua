-- function: assess.x
-- verdict: scriptError
-- reason: a loop with a bound that has a fraction and a start that has none

function program.assess.x(facts, settings, context)
  for i = 1, 'x' do end
end
