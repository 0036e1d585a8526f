-- function: assess.x
-- verdict: refusedAtLoad
-- reason: as many closures as a budget allows, kept where each is looked at

for i = 1, 1000000 do
  program.assess['f' .. i] = function() return grant(1) end
end
