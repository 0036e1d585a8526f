import NiangjiaCore

/// A field that an import may fill, with the titles under which files usually carry it.
struct ImportField: Hashable, Sendable {
    /// How a cell is read.
    enum Kind: Hashable, Sendable {
        case text
        case personName
        case date
        case bool
        case integer
        case money
        /// A code of a vocabulary; words are translated.
        case word([String: String])
        /// Looked up or read by the register's own code.
        case special
    }

    var name: String
    var kind: Kind
    var titles: [String]
    var isRequired: Bool
    /// The column of the register's table, when a cell goes straight into it.
    var column: String?

    init(_ name: String, _ kind: Kind, _ titles: String..., required: Bool = false, column: String? = nil) {
        self.name = name
        self.kind = kind
        self.titles = titles
        isRequired = required
        self.column = kind == .special ? nil : column ?? name
    }

    /// The column in which a clerk confirms what was held back.
    static let confirm = "confirm"
    static let confirmTitle = "确认"
    /// Titles of the result file's own columns, skipped when it is handed in again.
    static let resultTitles: Set<String> = ["行号", "结果", "原因", "原因(英文)"]

    /// The fields of a kind; none for records, whose fields come from the plugin.
    static func fields(of kind: ImportKind) -> [ImportField] {
        switch kind {
        case .person: person
        case .organization: organization
        case .household: household
        case .station: station
        case .fundOpening: fundOpening
        case .dues: dues
        case .figures: figures
        case .record: []
        }
    }

    static let person: [ImportField] = [
        ImportField("name", .personName, "姓名", "职工姓名", "会员姓名", "人员姓名", required: true),
        ImportField("id_type", .word(Words.idType), "证件类型", "证件类别", column: nil),
        ImportField("id_number", .special, "证件号码", "身份证号", "身份证号码", "居民身份证号", "公民身份号码", "证件号", required: true),
        ImportField("sex", .word(Words.sex), "性别"),
        ImportField("birth_date", .date, "出生日期", "出生年月日"),
        ImportField("mobile", .special, "手机号码", "手机号", "手机", "联系电话", "电话"),
        ImportField("bank_card", .special, "银行卡号", "银行账号", "卡号", "收款账号"),
        ImportField("card_holder", .personName, "开户名", "户名", "账户名"),
        ImportField("bank_name", .text, "开户行", "开户银行"),
        ImportField("occupation", .word(Words.occupation), "职业", "新就业形态类别", "工种", "职业类别"),
        ImportField("exposure", .word(Words.exposure), "作业环境", "岗位环境"),
        ImportField("employment_form", .word(Words.employmentForm), "用工形式"),
        ImportField("skill_level", .word(Words.skillLevel), "技能等级", "职业技能等级"),
        ImportField("is_migrant", .bool, "是否农民工", "农民工"),
        ImportField("hukou_area", .text, "户籍地区码", "户籍所在地代码"),
        ImportField("employer_code", .special, "单位统一社会信用代码", "统一社会信用代码", "单位信用代码", "用人单位代码"),
        ImportField("household_number", .special, "家庭档案号", "困难档案号", "档案号"),
        ImportField("household_role", .word(Words.householdRole), "与户主关系", "家庭关系"),
        ImportField("verified", .bool, "是否实名认证", "实名认证"),
        ImportField("union_code", .special, "所属工会代码", "工会代码", "工会编号", "所属工会编码", "所属工会"),
        ImportField("member_status", .special, "会籍状态"),
        ImportField("joined_on", .special, "入会日期", "入会时间"),
        ImportField("left_on", .special, "退会日期"),
        ImportField("died_on", .special, "去世日期", "死亡日期", "逝世日期"),
        ImportField("post", .special, "工会职务"),
        ImportField("member_number", .special, "会员证号", "会员编号"),
    ]

    static let organization: [ImportField] = [
        ImportField("code", .text, "工会代码", "组织代码", "工会编号", "代码", "编号", required: true),
        ImportField("name", .text, "工会名称", "组织名称", "单位名称", "名称", required: true),
        ImportField("parent_code", .special, "上级工会代码", "上级代码", "上级编号", "上级工会"),
        ImportField("level", .word(Words.level), "层级", "工会层级", "级别", "工会类型", required: true),
        ImportField("credit_code", .special, "工会统一社会信用代码", "统一社会信用代码", "工会法人代码"),
        ImportField("employer_credit_code", .special, "单位统一社会信用代码", "单位信用代码"),
        ImportField("employer_name", .text, "所在单位", "用人单位", "单位全称"),
        ImportField("nature", .text, "单位性质", "性质"),
        ImportField("industry", .text, "行业", "所属行业"),
        ImportField("exposure", .word(Words.exposure), "作业环境"),
        ImportField("area", .text, "行政区划", "地区码", "行政区划代码"),
        ImportField("employees", .integer, "职工人数", "职工数"),
        ImportField("member_count", .integer, "会员人数", "会员数"),
        ImportField("founded_on", .date, "成立日期", "建会日期"),
        ImportField("term_ends_on", .date, "届满日期", "换届日期"),
        ImportField("account", .special, "银行账号", "账号", "工会账户"),
        ImportField("account_name", .text, "开户名", "户名"),
        ImportField("bank_name", .text, "开户行", "开户银行"),
        ImportField("status", .word(Words.organizationStatus), "状态"),
    ]

    static let household: [ImportField] = [
        ImportField("number", .text, "档案号", "家庭档案号", "困难档案号", "档案编号", required: true),
        ImportField("hardship_class", .word(Words.hardshipClass), "困难类别", "困难类型", "困难等级", required: true),
        ImportField("file_status", .word(Words.fileStatus), "档案状态", "建档状态", "状态"),
        ImportField("head_id_number", .special, "户主证件号码", "户主身份证号", "申请人身份证号", "身份证号"),
        ImportField("opened_on", .date, "建档日期", "建档时间"),
        ImportField("exited_on", .date, "脱困日期", "注销日期", "退出日期"),
        ImportField("size", .integer, "家庭人口", "家庭人口数", "人口"),
        ImportField("is_single_parent", .bool, "是否单亲", "单亲"),
        ImportField("yearly_income", .money, "家庭年收入", "年收入", "家庭年收入(元)", "家庭年收入(元)"),
        ImportField("rigid_expenses", .money, "刚性支出", "家庭刚性支出", "刚性支出(元)", "刚性支出(元)"),
        ImportField("union_code", .special, "所属工会代码", "工会代码", "帮扶中心代码"),
        ImportField("area", .text, "行政区划", "地区码"),
    ]

    static let station: [ImportField] = [
        ImportField("code", .text, "站点编号", "站点代码", "编号", "编码", required: true),
        ImportField("name", .text, "站点名称", "驿站名称", "名称", required: true),
        ImportField("union_code", .special, "所属工会代码", "工会代码", "建设单位代码"),
        ImportField("kind", .word(Words.stationKind), "站点类型", "类型"),
        ImportField("area", .text, "行政区划", "地区码"),
        ImportField("address", .text, "地址", "详细地址"),
        ImportField("latitude", .special, "纬度", required: true),
        ImportField("longitude", .special, "经度", required: true),
        ImportField("frame", .special, "坐标系", "坐标系统", required: true),
        ImportField("hours", .special, "开放时间", "服务时间"),
        ImportField("keeper_id_number", .special, "站长身份证号", "站长证件号码"),
        ImportField("build_mode", .word(Words.buildMode), "建设方式"),
        ImportField("square_metres", .integer, "面积", "面积(平方米)", "面积(平方米)", "建筑面积"),
        ImportField("accepted_on", .date, "验收日期"),
        ImportField("status", .word(Words.stationStatus), "状态", "站点状态"),
        ImportField("facilities", .special, "设施", "服务设施", "配套设施"),
    ]

    static let dues: [ImportField] = [
        ImportField("serial", .text, "流水号", "电子税票号码", "税票号码", "凭证号码", "缴费流水号"),
        ImportField(
            "credit_code", .special, "统一社会信用代码", "纳税人识别号", "缴费人识别号", "社会信用代码", "社会信用代码(纳税人识别号)",
            required: true),
        ImportField("payer", .text, "纳税人名称", "缴费人名称", "缴费单位", "单位名称"),
        ImportField("period", .special, "费款所属期", "所属期", "所属月份", "所属期间"),
        ImportField("period_from", .date, "所属期起", "费款所属期起", "所属期间起"),
        ImportField("period_to", .date, "所属期止", "费款所属期止", "所属期间止"),
        ImportField("payroll", .money, "工资总额", "计费依据", "全部职工工资总额", "计费依据(元)"),
        ImportField("due", .money, "应缴金额", "应缴费额", "应补(退)费额", "应缴金额(元)"),
        ImportField("amount", .money, "实缴金额", "入库金额", "实缴费额", "金额", "实缴金额(元)", required: true),
        ImportField("received_on", .date, "入库日期", "缴款日期", "上解日期", "到账日期", required: true),
        ImportField("reverses", .text, "原流水号", "原电子税票号码", "原凭证号码", "冲销原号"),
    ]

    static let figures: [ImportField] = [
        ImportField("name", .text, "指标", "指标编号", "项目", required: true),
        ImportField("from", .date, "起", "起始日期", "统计期起", required: true),
        ImportField("to", .date, "止", "截止日期", "统计期止", required: true),
        ImportField("value", .text, "数值", "填报数", "数量", required: true),
        ImportField("union_code", .text, "填报单位", "工会代码", "单位代码"),
        ImportField("source", .text, "依据", "来源", "数据来源", required: true),
    ]

    static let fundOpening: [ImportField] = [
        ImportField("line", .text, "资金项目", "预算项目", "项目代码", required: true),
        ImportField("year", .integer, "年度", "年份", required: true),
        ImportField("source", .word(Words.fundSource), "资金来源", "来源", required: true),
        ImportField("purpose", .text, "用途", "说明"),
        ImportField("amount", .money, "金额", "期初金额", "预算金额", "金额(元)", "金额(元)", required: true),
        ImportField("date", .date, "日期", "到账日期"),
    ]
}
