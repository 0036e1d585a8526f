import NiangjiaCore

/// A person as the register's file tells it.
struct PersonRow {
    var name = ""
    var isMale = false
    var birth = CivilDate(days: 0)
    var idNumber = ""
    var mobile = ""
    var occupation = ""
    var exposure = "无"
    var employmentForm = ""
    var skill = ""
    var isMigrant = false
    var hukou = ""
    var employer = ""
    var union = ""
    var status = ""
    var joinedOn: CivilDate?
    var memberNumber = ""
    var post = ""
    var card = ""
    var bank = ""
    var household = ""
    var role = ""
    var isVerified = true

    static let titles = [
        "姓名", "证件类型", "证件号码", "手机号码", "职业", "作业环境", "用工形式", "技能等级", "是否农民工", "户籍地区码", "单位统一社会信用代码",
        "所属工会编码", "会籍状态", "入会日期", "会员证号", "工会职务", "银行卡号", "开户行", "家庭档案号", "与户主关系", "实名认证",
    ]

    var fields: [String] {
        [
            name, "居民身份证", idNumber, mobile, occupation, exposure, employmentForm, skill, isMigrant ? "是" : "否", hukou,
            employer, union, status, joinedOn?.description ?? "", memberNumber, post, card, bank, household, role,
            isVerified ? "是" : "否",
        ]
    }
}

/// A household with a hardship file, as its file tells it.
struct HouseholdRow {
    var number = ""
    var hardshipClass = ""
    var status = ""
    var openedOn: CivilDate?
    var exitedOn: CivilDate?
    var size = 1
    var isSingleParent = false
    var yearlyIncome = Money.zero
    var rigidExpenses = Money.zero
    var union = ""
    var area = ""

    static let titles = [
        "档案号", "困难类别", "档案状态", "建档日期", "脱困日期", "家庭人口", "是否单亲", "家庭年收入(元)", "刚性支出(元)", "所属工会代码",
        "行政区划",
    ]

    var fields: [String] {
        [
            number, hardshipClass, status, openedOn?.description ?? "", exitedOn?.description ?? "", String(size),
            isSingleParent ? "是" : "否", yearlyIncome.yuan, rigidExpenses.yuan, union, area,
        ]
    }
}
