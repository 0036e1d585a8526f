-- 公益培训班:名额、候补、缺课取消都由主机办,规则只说谁在前。 The host counts; the rule only says who comes first.

-- 过去一年排过候补而没轮到的,排在前面。 Who waited in vain within the last year comes first.
function program.assess.enrol(facts)
  return grant({rank = facts.look.missed.count > 0 and 1 or 2})
end

-- 每天晚上复查一次缺课。 Absences are counted every evening.
function program.recheck.enrol(facts, settings)
  local count = facts.look.absent.count
  if count >= settings.max_absences then return revoke("ABSENT", {count = count}) end
end
