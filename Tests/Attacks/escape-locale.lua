-- function: assess.x
-- verdict: scriptError
-- reason: the locale: not in the environment

function program.assess.x(facts, settings, context)
  return os.setlocale('')
end
