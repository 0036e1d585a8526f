-- function: assess.x
-- verdict: badOutput
-- reason: two names that Unicode takes for one fail their row, never the batch

function program.assess.x(facts, settings, context)
  return grant(0, {keeps = {['\u{e9}'] = 1, ['e\u{301}'] = 2}})
end
