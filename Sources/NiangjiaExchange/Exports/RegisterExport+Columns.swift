import NiangjiaCore

// Which columns each register is written with, under the titles that an import reads.
extension RegisterExport {
    static let sources: [ImportKind: String] = [
        .person: """
        person t LEFT JOIN membership m ON m.person = t.id AND \(Membership.isPrimary) \
        LEFT JOIN organization o ON o.id = m.organization LEFT JOIN organization e ON e.id = t.employer \
        LEFT JOIN household h ON h.id = t.household
        """,
        .organization:
            "organization t LEFT JOIN organization o ON o.id = t.id LEFT JOIN organization p ON p.id = t.parent",
        .household: "household t LEFT JOIN organization o ON o.id = t.organization",
        .station: "station t LEFT JOIN organization o ON o.id = t.organization",
    ]

    static let columns: [ImportKind: [Column]] = [
        .person: [
            Column("姓名", "t.name", .name),
            Column("证件类型", "t.id_type", .word(["resident_id": "居民身份证", "passport": "护照"])),
            Column("证件号码", "t.id_sealed", .sealed("id_sealed", .identity)),
            Column("性别", "t.sex", .word(["male": "男", "female": "女"])), Column("出生日期", "t.birth_date", .date),
            Column("手机号码", "t.mobile_sealed", .sealed("mobile_sealed", .mobile)),
            Column("银行卡号", "t.card_sealed", .sealed("card_sealed", .card)), Column("开户行", "t.bank_name"),
            Column("职业", "t.occupation"), Column("作业环境", "t.exposure"), Column("用工形式", "t.employment_form"),
            Column("技能等级", "t.skill_level"), Column("是否农民工", "t.is_migrant", .bool), Column("户籍地区码", "t.hukou_area"),
            Column("单位统一社会信用代码", "e.credit_code"), Column("家庭档案号", "h.number"), Column("与户主关系", "t.household_role"),
            Column("是否实名认证", "t.verified", .bool), Column("所属工会代码", "o.code"), Column("会籍状态", "m.status"),
            Column("入会日期", "m.joined_on", .date), Column("工会职务", "m.post"), Column("会员证号", "m.number"),
        ],
        .organization: [
            Column("工会代码", "t.code"), Column("工会名称", "t.name"), Column("上级工会代码", "p.code"), Column("层级", "t.level"),
            Column("工会统一社会信用代码", "t.credit_code"), Column("单位统一社会信用代码", "t.employer_credit_code"),
            Column("所在单位", "t.employer_name"), Column("单位性质", "t.nature"), Column("行业", "t.industry"),
            Column("作业环境", "t.exposure"), Column("行政区划", "t.area"), Column("职工人数", "t.employees", .integer),
            Column("会员人数", "t.member_count", .integer), Column("成立日期", "t.founded_on", .date),
            Column("届满日期", "t.term_ends_on", .date), Column("状态", "t.status"),
        ],
        .household: [
            Column("档案号", "t.number"), Column("困难类别", "t.hardship_class"), Column("档案状态", "t.file_status"),
            Column("建档日期", "t.opened_on", .date), Column("脱困日期", "t.exited_on", .date),
            Column("家庭人口", "t.size", .integer),
            Column("是否单亲", "t.is_single_parent", .bool), Column("家庭年收入", "t.yearly_income", .money),
            Column("刚性支出", "t.rigid_expenses", .money), Column("所属工会代码", "o.code"), Column("行政区划", "t.area"),
        ],
        .station: [
            Column("站点编号", "t.code"), Column("站点名称", "t.name"), Column("所属工会代码", "o.code"), Column("站点类型", "t.kind"),
            Column("行政区划", "t.area"), Column("地址", "t.address"), Column("纬度", "t.source_latitude", .degrees),
            Column("经度", "t.source_longitude", .degrees), Column("坐标系", "t.source_frame"), Column("开放时间", "t.hours"),
            Column("建设方式", "t.build_mode"), Column("面积", "t.square_metres", .integer),
            Column("验收日期", "t.accepted_on", .date),
            Column("状态", "t.status"),
        ],
    ]
}
