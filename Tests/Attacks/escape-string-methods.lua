-- function: assess.x
-- verdict: harmless grant 1
-- reason: no method of texts that the library lacks

function program.assess.x(facts, settings, context)
  local s = ''
  return grant((s.rep or s.dump or s.pack or s.unpack or s.__index or s.__gc) and 0 or 1)
end
