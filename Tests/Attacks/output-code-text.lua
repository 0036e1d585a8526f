-- function: assess.x
-- verdict: scriptError
-- reason: free text as a reason code

function program.assess.x(facts, settings, context)
  return refuse(facts.subject.name)
end
