import NiangjiaCore

/// The files of a new plugin: an expense is paid in part, up to a cap, once a season. Small enough to read at a glance, and every line
/// of it is run by its own tests.
struct PluginTemplate {
    let id: String
    let forms: [String]
    let year: Int
    /// The union code of the city around it, for the sample of a program.
    let organization: String

    /// Path below the plugin's folder → content.
    var files: [String: String] {
        var files = [
            "plugin.yaml": manifest, "main.lua": script, "README.md": readme, "program.yaml.sample": program,
        ]
        for form in forms { files["tests/\(form).yaml"] = tests(form) }
        return files
    }

    private var manifest: String {
        """
        # 清单:这个插件可以问什么、读什么、给什么。 What the plugin may ask, read and give.
        id: \(id)
        version: 1.0.0
        api: 1
        title: {zh-CN: \(id), en: \(id)}          # 人看到的名称 the name that people see

        settings:                         # 数目由管理员在方案里填 an administrator fills these in
          share: rate                     # 补助比例,写 50% the share that is paid
          most: money                     # 每次上限,写 300 the most for one application

        forms:

        """ + forms.map(form).joined(separator: "\n") + "\n" + """
            reasons:                          # 规则给出的每个原因,都要有人看得懂的文字 words for every reason
              NOTHING_SPENT: {zh-CN: 没有费用, en: Nothing was spent}
              CAPPED: {zh-CN: "每次最多{most:money}元", en: "At most {most:money} yuan each time"}
              ALREADY: {zh-CN: 本期已申请过, en: Asked for already in this season}

            """
    }

    private func form(_ name: String) -> String {
        """
          \(name):
            by: [member, clerk]           # 谁可以提出 who may ask
            fields:
              expense: {type: money, title: {zh-CN: 费用, en: Expense}}
            subject: applicant            # 裁定的是谁 whom it is about
            unique: [{per: subject, within: season, reason: ALREADY}]   # 每人每期一次 once a person a season
            gives: {kind: money, to: subject, when: approved}

        """
    }

    private var script: String {
        """
        -- 像表格里的一条公式:事实进来,裁定出去。 Like a formula in a spreadsheet: facts in, a decision out.
        -- =IF(费用=0, "没有费用", MIN(费用*比例, 上限))

        """
            + forms.map { name in
                """

                function program.assess.\(name)(facts, settings)
                  local expense = facts.application.expense
                  if expense == 0 then return refuse("NOTHING_SPENT") end
                  return grant(money.rate(expense, settings.share)):at_most(settings.most, "CAPPED", {most = settings.most})
                end

                """
            }.joined()
    }

    private func tests(_ form: String) -> String {
        let id = form.uppercased()
        func step(_ number: Int, _ who: String, _ day: String, _ expense: Int, _ expect: String) -> String {
            "{id: \(id)-\(number), when: {form: \(form), by: clerk, applicant: \(who), at: \(year)-\(day), fields: {expense: \(expense)}}, expect: {\(expect)}}"
        }
        return """
            # 用例:写出来的事实,和应有的结果。 Declared facts, and what must come of them.
            program:
              season: {from: \(year)-01-01, to: \(year)-12-31}
              funding: [{line: \(self.id)-\(year)}]
              pay: {each_max: 500}
              review: [basic]
              settings: {share: 50%, most: 300}
            given:
              organizations: {works: {level: basic}}
              persons: {zhang: {member_of: works}, li: {member_of: works}}
            cases:
              - what: 按比例,每期一次 A share of the expense, once a season
                steps:
                  - \(step(1, "zhang", "03-02", 200, "result: granted, amount: 100, code: null"))
                  - \(step(2, "zhang", "04-01", 200, "result: refused, code: ALREADY, after: {standing: 1}"))
              - what: 到上限 Up to the cap
                steps:
                  - \(step(3, "li", "03-02", 1000, "result: limited, amount: 300, code: CAPPED"))
              - what: 没有费用 Nothing was spent
                steps:
                  - \(step(4, "li", "03-02", 0, "result: refused, code: NOTHING_SPENT, after: {standing: 0}"))

            """
    }

    private var program: String {
        """
        # 方案样本:复制为 config/programs/\(id)-\(year).yaml 再改。 A sample: copy it to config/programs and change it.
        # 资金科目写在 config/funds.yaml: {id: \(id)-\(year), year: \(year), source: union_budget, purpose: \(id), amount: 10000}
        program: \(id)-\(year)
        plugin: \(id)
        policy: 示工发〔\(year)〕1号            # 准许它的文件 the paper that allows it
        status: closed_to_new               # 开放时写 open
        organization: \(organization)
        series: \(id)
        season: {from: \(year)-01-01, to: \(year)-12-31}
        funding: [{line: \(id)-\(year)}]
        short: waitlist
        pay: {each_max: 500}                # 不低于任何一笔全额 not below any full amount
        review: [basic, city]
        settings:
          share: 50%
          most: 300

        """
    }

    private var readme: String {
        """
        # \(id)

        | 文件 File | |
        |---|---|
        | `plugin.yaml` | 清单:表单、事实、设置、原因 what it asks, reads and gives |
        | `main.lua` | 规则 the rule |
        | `tests/` | 用例 its tests |
        | `program.yaml.sample` | 方案样本,复制到 `config/programs/` a sample of a program |

        ```sh
        niangjia plugin dev \(id) --case \((forms.first ?? "").uppercased())-1   # 每次保存后检查、测试并显示裁定 after every save
        niangjia plugin check \(id)
        niangjia plugin test \(id)
        ```

        """
    }
}
