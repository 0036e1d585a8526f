-- function: assess.x
-- verdict: refusedAtLoad
-- reason: a global counter

function program.assess.x()
  counter = (counter or 0) + 1
  return grant(counter)
end
