-- function: assess.x
-- verdict: refusedAtLoad
-- reason: _ENV as a parameter

function program.assess.x(_ENV) return grant(n) end
