-- function: assess.x
-- verdict: scriptError
-- reason: string.rep, which no hook stops: not in the environment

function program.assess.x(facts, settings, context)
  return ('x'):rep(1 << 40)
end
