-- function: assess.x
-- verdict: harmless grant 1
-- reason: facts as the key of a table of the call

function program.assess.x(facts, settings, context)
  local t = {[facts] = 1}
  return grant(t[facts])
end
