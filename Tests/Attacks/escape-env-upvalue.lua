-- function: assess.x
-- verdict: refusedAtLoad
-- reason: _ENV written from a function

function program.assess.x() _ENV = {} end
