---@meta
-- niangjia plugin API, level 1. Generated from the API table; don't edit.

---@class decision
local decision = {}
---@alias decision_options {units?: integer, parts?: table, keeps?: table, rank?: integer}
---@alias revoke_options {keep?: integer}
---@alias point {lat: integer, lon: integer}
---@alias iterator fun(): any, any
program = {assess = {}, recheck = {}, action = {}}
---核准。金额以分计,不写就是只给名额。选项:units(份数,钱不够时整份地减)、parts(各部分,之和等于金额)、keeps(随决定保存)、rank(次序,小的在前)。
---Granted. The amount is in fen; without one a place is given. Options: units (a shortage cuts whole units), parts (which sum to the amount), keeps (stored with the decision), rank (smaller comes first).
---@param amount? integer
---@param options? decision_options
---@return decision
function grant(amount, options) end

---核减:给,但少于按标准应给的,并说明原因。
---Granted, but less than the rule would give without its caps, with the reason.
---@param amount integer
---@param code string
---@param params? table
---@param options? decision_options
---@return decision
function limit(amount, code, params, options) end

---不符合条件。原因代码须在 reasons 中声明,参数只能是整数和日期。
---Not eligible. The code is declared under reasons; params are integers and dates only.
---@param code string
---@param params? table
---@return decision
function refuse(code, params) end

---退回补正:材料不全或填写有误,改正后再提交。
---Sent back: something is missing or wrong and can be put right.
---@param code string
---@param params? table
---@return decision
function incomplete(code, params) end

---转人工:规则不能决定,由人决定。
---For a person: the rule can't decide this.
---@param code string
---@param params? table
---@return decision
function review(code, params) end

---取消已核准的。选项 keep:保留多少(分)。
---What was granted falls. The option keep says how much stays (fen).
---@param code string
---@param params? table
---@param options? revoke_options
---@return decision
function revoke(code, params, options) end

---封顶:超过上限时改为核减;上限不大于零时改为不符合条件。可以连写。
---A cap: above it the decision becomes limited; a cap of nothing refuses. Can be chained.
---@param cap integer
---@param code string
---@param params? table
---@return decision
function decision:at_most(cap, code, params) end

---@class moneylib
---@overload fun(text: string): integer
money = {}
---按比例(万分之一)计算,四舍五入一次。
---A rate (basis points) of an amount, rounded half up once.
---@param fen integer
---@param rate integer
---@return integer
function money.rate(fen, rate) end

---分段计算:每行 {up_to, rate} 管自己的一段,up_to 须逐行递增,最后一行可以没有上限;零以下为零;只在最后舍入一次。
---Tiers: each row {up_to, rate} takes its own width, up_to rises from row to row, the last may be open; nothing below zero; rounded once.
---@param fen integer
---@param rows table[]
---@return integer
function money.tiers(fen, rows) end

---按比例分摊:各份向下取整,余下的归第一份。
---Shares in proportion to integers or to rows' rate: each floored, the rest to the first.
---@param fen integer
---@param rows any[]
---@return integer[]
function money.split(fen, rows) end

date = {}
---从一天到另一天的天数。
---Days from one date to another.
---@param from string
---@param to string
---@return integer
function date.days(from, to) end

---若干天之后(之前)的日期。
---The date some days later, or earlier.
---@param date string
---@param days integer
---@return string
function date.add(date, days) end

---若干月之后的同一日;该月没有这一日时为月末。
---The same day of another month, or that month's last day.
---@param date string
---@param months integer
---@return string
function date.add_months(date, months) end

---满多少年:周岁。
---Full years from one date to another: an age.
---@param from string
---@param to string
---@return integer
function date.years(from, to) end

calendar = {}
---是否工作日(国务院办公厅放假安排)。
---Whether a date is a working day of the State Council's calendar.
---@param date string
---@return boolean
function calendar.is_workday(date) end

---之后(之前)第几个工作日;当天不算。
---The n-th working day after a date, or before; the date itself doesn't count.
---@param date string
---@param days integer
---@return string
function calendar.add_workdays(date, days) end

geo = {}
---两点之间的米数。
---Metres between two points.
---@param a point
---@param b point
---@return integer
function geo.metres(a, b) end

area = {}
---点是否在区域之内(含边界)。
---Whether a point lies in an area, its border included.
---@param point point
---@param area point[]
---@return boolean
function area.within(point, area) end

list = {}
---列表中是否有这个值。
---Whether a value is in a list.
---@param list any[]
---@param value any
---@return boolean
function list.has(list, value) end

---值在列表中的位置;没有为 nil。
---The place of a value in a list, or nil.
---@param list any[]
---@param value any
---@return integer?
function list.rank(list, value) end

---值落在哪一行:按 from(不大于值的最后一行)或 up_to(不小于值的第一行)。
---The row that a value falls into, by rising from or up_to; nil when there is none.
---@param rows table[]
---@param value any
---@return table?
function list.step(rows, value) end

---整数之和,或各行某一项之和。
---The sum of integers, or of a field of rows.
---@param list any[]
---@param field? string
---@return integer
function list.total(list, field) end

---各行的某一项组成的列表。
---A list of one field of the rows; rows without it are left out.
---@param rows table[]
---@param field string
---@return any[]
function list.pluck(rows, field) end

---某一项等于此值的第一行;没有为 nil。
---The first row whose field is the value, or nil.
---@param rows table[]
---@param field string
---@param value any
---@return table?
function list.pick(rows, field, value) end

---按种子抽取若干项;种子由主机抽签得出,同一种子抽出同样的结果。
---Draws n elements by a seed that the host made; the same seed draws the same.
---@param list any[]
---@param n integer
---@param seed string
---@return any[]
function list.sample(list, n, seed) end

---动作的答复;字段须在 answers 中声明,保密字段不能答。
---What the action answers: fields declared under answers, nothing secret.
---@param answers table
---@return decision
function answer(answers) end

---办不成,说明原因;已提出的全部作废。
---It can't be done, with the reason; nothing that was proposed is done.
---@param code string
---@param params? table
---@return decision
function fail(code, params) end

record = {}
---登记表的一行;键写值、列表或按名。没有为 nil。字段的 read 不含您的,读不到。
---A row by its key (the value, a list, or by name), or nil; fields that you may not read aren't there.
---@param kind string
---@param key any
---@return table?
function record.get(kind, key) end

---登记表的各行,按键排序;options:order(字段名,前加 - 为降序)、limit(最多 500)。
---Rows in the order of their keys; options: order (a field, - before it for descending), limit (500 at most).
---@param kind string
---@param where? table
---@param options? table
---@return table[]
function record.list(kind, where, options) end

---提出登记或更改一行;受 records 的 by、once、not_own 约束。
---Proposes to write a row; by, once and not_own of the record hold.
---@param kind string
---@param fields table
---@return nil
function record.put(kind, fields) end

---提出删除一行。
---Proposes to remove a row.
---@param kind string
---@param key any
---@return nil
function record.remove(kind, key) end

case = {}
---本插件的一份申请:ref、form、state、stage、字段、stages.<阶段>。
---A case of this plugin: ref, form, state, stage, its fields, stages.<stage>.
---@param ref any
---@return table
function case.get(ref) end

---本项目中您能看到的申请;where 可写 state、stage 和字段。
---The program's cases that you may see; where takes state, stage and fields.
---@param form string
---@param where? table
---@param options? table
---@return table[]
function case.list(form, where, options) end

---提出一份申请(表单的 by 须有 action);options:subject、unit。照常裁定、审核。
---Proposes a case of a form whose by has action; options: subject, unit. It is judged and reviewed as any.
---@param form string
---@param fields table
---@param options? table
---@return nil
function case.open(form, fields, options) end

---提出转到另一阶段;须是该阶段 by 中的人。
---Proposes to bring a case to a stage; the stage's by holds.
---@param ref any
---@param stage string
---@param fields? table
---@return nil
function case.move(ref, stage, fields) end

---提出取消已核准的:预留释放,已付的追回。
---Proposes that what was granted falls: held money is released, paid money claimed back.
---@param ref any
---@param code string
---@param params? table
---@return nil
function case.revoke(ref, code, params) end

member = {}
---会员的事实(facts 声明的),限您负责的范围;读取留痕。
---A member's facts (those declared under facts) in your part of the city; the reading is logged.
---@param ref any
---@return table
function member.get(ref) end

---按事实查找会员,限您负责的范围,最多 200 人。
---Members by their facts, in your part of the city, 200 at most.
---@param where table
---@return table[]
function member.find(where) end

---会员的会籍:organization、code、status、is_primary、joined_on。
---A member's memberships: organization, code, status, is_primary, joined_on.
---@param ref any
---@return table[]
function member.memberships(ref) end

station = {}
---一个站点:code、name、kind、status、point、facilities。
---A station: code, name, kind, status, point, facilities.
---@param code string
---@return table
function station.get(code) end

---附近的开放站点,由近及远;options:within_m、facility、limit。
---Open stations nearby, the nearest first; options: within_m, facility, limit.
---@param point point
---@param options? table
---@return table[]
function station.near(point, options) end

---某一时刻是否开放。
---Whether it is open at an instant.
---@param code string
---@param instant string
---@return boolean
function station.is_open(code, instant) end

---到访人次;where:from、to、kind。
---How many came; where: from, to, kind.
---@param code string
---@param where? table
---@return integer
function station.visits(code, where) end

fund = {}
---本项目各项资金的可用余额(分)。
---What the program's lines still have (fen).
---@return integer
function fund.available() end

---本项目各项资金已支付的(分)。
---What was paid from the program's lines (fen).
---@return integer
function fund.spent() end

---本项目的一项资金:available、spent(分)。
---One of the program's lines: available, spent (fen).
---@param id string
---@return table
function fund.line(id) end

notify = {}
---提出通知:收件人须是所读申请的当事人(人、单位,或 applicant、subject、unit、自设角色),文字在 messages 中,参数只有整数、日期、金额、比例。
---Proposes a notice: to a party of a case that was read (a reference, or applicant, subject, unit, a role), in words of messages, with integers, dates, money and rates only.
---@param to any
---@param message string
---@param params? table
---@return nil
function notify.send(to, message, params) end

