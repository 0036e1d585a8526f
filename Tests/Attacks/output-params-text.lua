-- function: assess.x
-- verdict: scriptError
-- reason: free text in the parameters of a reason

function program.assess.x(facts, settings, context)
  return refuse('A', {who = facts.subject.name})
end
