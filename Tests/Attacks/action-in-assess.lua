-- function: assess.x
-- verdict: scriptError
-- reason: a rule that judges asks the host

function program.assess.x() record.get('r', 'a') return grant(1) end
