-- function: action.x
-- verdict: refusedAtLoad
-- reason: asks while the file is loaded

local row = record.get('r', 'a')
function program.action.x() return answer {n = row.score} end
