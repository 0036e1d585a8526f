import NiangjiaCore

/// What uses rows of registers, so that undoing the import that made one keeps it.
enum RegisterUses {
    /// Why a row must stay; nil when nothing uses it.
    static func reason(_ entity: Int64, _ table: Table, in reader: any StoreReader) throws -> LocalText? {
        let own = ["case_line", "decision"].map { ($0, "subject_kind = '\(table.name)' AND subject = $1") }
        for (name, condition) in (indexed[table.name] ?? []) + own {
            let users = try reader.integer("SELECT COUNT(*) FROM \(name) WHERE \(condition)", [.int(entity)]) ?? 0
            if users > 0 { return reason(name, Int(users)) }
        }
        return nil
    }

    static func reason(_ name: String, _ users: Int) -> LocalText {
        let word = words[name] ?? LocalText(zh: name, en: name)
        return LocalText(zh: "已被 \(users) 条\(word.zh)使用", en: "it is in use by \(users) \(word.en)")
    }

    private static let words: [String: LocalText] = [
        "case_file": LocalText(zh: "申请", en: "applications"), "case_line": LocalText(zh: "申请", en: "applications"),
        "visit": LocalText(zh: "到站记录", en: "visits"), "station": LocalText(zh: "站点", en: "stations"),
        "organization": LocalText(zh: "下级组织", en: "organisations below it"),
        "membership": LocalText(zh: "会籍", en: "memberships"), "household": LocalText(zh: "困难档案", en: "household files"),
        "person": LocalText(zh: "人员", en: "people"), "decision": LocalText(zh: "核定", en: "decisions"),
        "account": LocalText(zh: "账号", en: "accounts"), "device": LocalText(zh: "设备", en: "devices"),
        "transfer": LocalText(zh: "转会申请", en: "transfers"), "grant_award": LocalText(zh: "拨付", en: "grants"),
        "fund_line": LocalText(zh: "预算项目", en: "fund lines"),
        "dues_share": LocalText(zh: "经费分成", en: "shares of dues"),
        "dues_payer": LocalText(zh: "经费单位归属", en: "payers of dues"),
        "supplier_settlement": LocalText(zh: "供应商结算", en: "settlements with suppliers"),
    ]

    /// Each is found by an index, or in a table of few rows.
    static let indexed: [String: [(String, String)]] = [
        "person": [
            ("case_file", "applicant = $1"), ("visit", "person = $1"), ("station", "keeper = $1"),
            ("account", "person = $1"), ("transfer", "person = $1 AND state = 'pending'"),
        ],
        "organization": [
            ("organization", "parent = $1"), ("membership", "organization = $1"), ("station", "organization = $1"),
            ("household", "organization = $1"), ("person", "employer = $1"),
            ("transfer", "organization = $1 AND state = 'pending'"), ("grant_award", "organization = $1"),
            ("dues_share", "organization = $1"), ("dues_payer", "organization = $1"),
            ("supplier_settlement", "supplier = $1"), ("case_file", "unit = $1"),
            ("case_file", "serving_organization = $1"), ("account", "scope = $1"), ("device", "scope = $1"),
        ],
        "household": [("person", "household = $1"), ("decision", "household = $1")],
        "station": [("visit", "station = $1"), ("device", "station = $1")],
    ]
}
