-- function: assess.x
-- verdict: scriptError
-- reason: print: not in the environment

function program.assess.x(facts, settings, context)
  return print(facts.subject.name)
end
