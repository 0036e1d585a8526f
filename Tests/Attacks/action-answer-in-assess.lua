-- function: assess.x
-- verdict: badOutput
-- reason: a rule answers as if it were an action

function program.assess.x() return answer {n = 1} end
