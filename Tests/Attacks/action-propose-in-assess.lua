-- function: assess.x
-- verdict: scriptError
-- reason: a rule that judges proposes

function program.assess.x() notify.send('subject', 'M', {}) return grant(1) end
