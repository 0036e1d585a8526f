import NiangjiaCore

// What is particular to each register: keys, look-ups, values that are read together.
extension RowMaker {
    func person(_ row: SheetRow, _ draft: inout Draft) {
        identity(row, &draft)
        contact(row, &draft)
        if !text("employer_code", row).isEmpty {
            let typed = text("employer_code", row)
            let (code, findings) = CreditCode.check(typed)
            add(findings.filter { $0.severity != .unconfirmed }, column("employer_code"), &draft)
            if let code {
                if let id = references.byCreditCode[code.text] {
                    draft.values[index("employer")] = .int(id)
                } else {
                    add(
                        .warning, "EMPLOYER_UNKNOWN", column("employer_code"), zh: "单位不在组织库中,未关联单位",
                        en: "the employer is not in the register; left empty", &draft)
                }
            }
        }
        let number = text("household_number", row)
        if !number.isEmpty {
            if let id = references.households[TextFolding.halfWidth(number)] {
                draft.values[index("household")] = .int(id)
            } else {
                add(
                    .error, "HOUSEHOLD_UNKNOWN", column("household_number"), zh: "没有档案号为 \(number) 的家庭,请先导入家庭档案",
                    en: "no household file \(number); import households first", &draft)
            }
        }
        death(row, &draft)
        membership(row, &draft)
        membershipDoubts(row, &draft)
    }

    /// A death is a fact about the person, whether the row names a union or not; so is that they live.
    private func death(_ row: SheetRow, _ draft: inout Draft) {
        let typed = TextFolding.halfWidth(text("member_status", row))
        let state = Words.memberStatus[typed] ?? typed
        let isEnd = state == Death.status
        draft.tellsLife = Membership.binding.contains(state) && text("union_code", row).isEmpty
        let name = text("died_on", row).isEmpty && isEnd ? "left_on" : "died_on"
        let day = text(name, row)
        guard isEnd || !day.isEmpty else { return }
        if !isEnd, !typed.isEmpty {
            return add(
                .error, "DEATH_DIFFERS", column("died_on"), zh: "有去世日期,会籍状态却不是 去世,请核对",
                en: "there is a day of death, and the membership isn't 去世: check which is right", &draft)
        }
        draft.values[index("status")] = .text(Death.status)
        guard !day.isEmpty,
            let date = read(day, ImportField(name, .date, name == "left_on" ? "退会日期" : "去世日期"), column(name), &draft)
        else { return }
        if case .int(let days) = date, days > Int64(today.days) {
            add(.error, "DEATH_TO_COME", column(name), zh: "去世日期不能晚于今天", en: "nobody has died on a day to come", &draft)
        }
        draft.values[index("died_on")] = date
    }

    private func identity(_ row: SheetRow, _ draft: inout Draft) {
        let at = column("id_number")
        var code = "resident_id"
        if case .text(let given)? = draft.values[index("id_type")] { code = given }
        guard let document = IdentityDocument(rawValue: code) else {
            add(
                .error, "ID_TYPE", column("id_type"), zh: "不认识的证件类型 \(code)", en: "unknown document type \(code)",
                &draft)
            return
        }
        let (number, findings) = IdentityNumber.check(
            text("id_number", row), document: document, today: today, areas: areas)
        add(findings, at, &draft)
        guard let number else { return }
        identify(number, document, &draft)
        // The number is the better witness: a cell that says otherwise is told, not taken.
        if let sex = number.sex {
            if let given = draft.values[index("sex")], given != .text(sex.rawValue) {
                add(
                    .warning, "SEX_DIFFERS", column("sex"), zh: "性别与证件号码不符,以证件为准",
                    en: "the sex differs from the number; the number was taken", &draft)
            }
            draft.values[index("sex")] = .text(sex.rawValue)
        }
        if let born = number.birthDate {
            if let given = draft.values[index("birth_date")], given != .date(born) {
                add(
                    .warning, "BIRTH_DIFFERS", column("birth_date"), zh: "出生日期与证件号码不符,以证件为准",
                    en: "the date of birth differs from the number; the number was taken", &draft)
            }
            draft.values[index("birth_date")] = .date(born)
        }
    }

    private func contact(_ row: SheetRow, _ draft: inout Draft) {
        let mobile = text("mobile", row)
        if !mobile.isEmpty {
            let (number, findings) = MobileNumber.check(mobile)
            add(findings, column("mobile"), &draft)
            if let number {
                draft.values[index("mobile_mac")] = .blob(PersonIdentifiers.mac(mobile: number, crypto))
                draft.secrets.append(
                    .init(column: index("mobile_sealed"), macColumn: index("mobile_mac"), text: number))
            }
        }
        let card = text("bank_card", row)
        if !card.isEmpty {
            let (number, findings) = BankCard.check(card)
            add(findings, column("bank_card"), &draft)
            if let number {
                draft.values[index("card_mac")] = .blob(PersonIdentifiers.mac(bankCard: number, crypto))
                draft.secrets.append(
                    .init(column: index("card_sealed"), macColumn: index("card_mac"), text: number, isAccount: true))
            }
        }
    }

    private func membership(_ row: SheetRow, _ draft: inout Draft) {
        let union = text("union_code", row)
        guard !union.isEmpty else { return }
        guard let organization = references.organization(TextFolding.halfWidth(union)) else {
            add(
                .error, "UNION_UNKNOWN", column("union_code"), zh: "没有代码为 \(union) 的工会,请先导入组织",
                en: "no union \(union); import organisations first", &draft)
            return
        }
        let columns = PeopleSchema.membership.columns
        func place(_ name: String) -> Int { columns.firstIndex { $0.name == name } ?? 0 }
        var values: [Int: SQLValue] = [:]
        let typed = text("member_status", row)
        if !typed.isEmpty, let code = word(typed, Words.memberStatus, "会籍状态", column("member_status"), &draft) {
            values[place("status")] = .text(code)
        }
        for name in ["joined_on", "left_on"] {
            let typed = text(name, row)
            if !typed.isEmpty,
                let date = read(
                    typed, ImportField(name, .date, name == "joined_on" ? "入会日期" : "退会日期"), column(name), &draft)
            {
                values[place(name)] = date
            }
        }
        if draft.values[index("status")] == .text(Death.status) {
            values[place("status")] = .text(Death.status)
            if let day = draft.values[index("died_on")] { values[place("left_on")] = day }
        }
        let post = text("post", row)
        if !post.isEmpty, let code = word(post, Words.post, "工会职务", column("post"), &draft) {
            values[place("post")] = .text(code)
        }
        let number = text("member_number", row)
        if !number.isEmpty { values[place("number")] = .text(TextFolding.halfWidth(number)) }
        draft.membership = Draft.Membership(organization: organization, values: values)
    }

    func organization(_ row: SheetRow, _ draft: inout Draft) {
        guard case .text(let code)? = draft.values[index("code")] else { return }
        guard code.utf8.count <= 64, !code.contains("/"), !code.contains(" ") else {
            add(.error, "CODE", column("code"), zh: "代码不能有空格或斜杠", en: "a code holds no space or slash", &draft)
            return
        }
        draft.key = code
        draft.lookup = .text(code)
        let parent = TextFolding.halfWidth(text("parent_code", row))
        if !parent.isEmpty { draft.parentCode = parent }
        if parent == code {
            add(
                .error, "PARENT", column("parent_code"), zh: "上级不能是自己", en: "an organisation can't be its own parent",
                &draft)
        }
        for name in ["credit_code", "employer_credit_code"] {
            let typed = text(name, row)
            guard !typed.isEmpty else { continue }
            let (credit, findings) = CreditCode.check(typed)
            add(findings, column(name), &draft)
            guard let credit else { continue }
            draft.values[index(name)] = .text(credit.text)
            if credit.isUnchecked, draft.isConfirmed { draft.values[index("code_confirmed")] = .bool(true) }
        }
        let account = text("account", row)
        if !account.isEmpty {
            let (number, findings) = BankCard.check(account, luhn: false)
            add(findings, column("account"), &draft)
            if let number {
                draft.secrets.append(
                    .init(column: index("account_sealed"), macColumn: nil, text: number, isAccount: true))
            }
        }
    }

    func household(_ row: SheetRow, _ draft: inout Draft) {
        guard case .text(let number)? = draft.values[index("number")] else { return }
        draft.key = number
        draft.lookup = .text(number)
        place(text("union_code", row), "union_code", into: "organization", &draft)
        link(row, "head_id_number", as: .head, &draft)
    }

    /// Resolves an organisation into a column.
    private func place(_ union: String, _ field: String, into name: String, _ draft: inout Draft) {
        guard !union.isEmpty else { return }
        guard let id = references.organization(TextFolding.halfWidth(union)) else {
            add(
                .error, "UNION_UNKNOWN", column(field), zh: "没有代码为 \(union) 的工会,请先导入组织",
                en: "no union \(union); import organisations first", &draft)
            return
        }
        draft.values[index(name)] = .int(id)
    }

    func link(_ row: SheetRow, _ field: String, as role: Draft.Link.Role, _ draft: inout Draft) {
        let typed = text(field, row)
        guard !typed.isEmpty else { return }
        let (number, findings) = IdentityNumber.check(typed, document: .residentID, today: today)
        // A number to be completed finds the register's person, and is kept nowhere.
        add(findings.filter { $0.code != "ID_15" }, column(field), &draft)
        if let number { draft.links.append(link(number, as: role, cell: column(field))) }
    }

    func station(_ row: SheetRow, _ draft: inout Draft) {
        guard case .text(let code)? = draft.values[index("code")] else { return }
        draft.key = code
        draft.lookup = .text(code)
        place(text("union_code", row), "union_code", into: "organization", &draft)
        link(row, "keeper_id_number", as: .column(index("keeper")), &draft)
        coordinate(row, &draft)
        let hours = text("hours", row)
        if !hours.isEmpty {
            do {
                draft.values[index("hours")] = .text(try HoursText.value(hours).json)
            } catch {
                add(
                    .error, "HOURS", column("hours"), zh: "开放时间:\(error.message.zh)",
                    en: "opening hours: \(error.message.en)", &draft)
            }
        }
        let facilities = text("facilities", row)
        guard !facilities.isEmpty else { return }
        var codes: [String] = []
        for item in facilities.split(whereSeparator: { "、,,;;/ ".contains($0) }) {
            let plain = TextFolding.halfWidth(item).uppercased()
            let known = mapping.values["facilities"]?[String(item)] ?? Words.facilities[plain]
            if let known { codes.append(known); continue }
            if let code = word(String(item), Words.facilities, "设施", column("facilities"), &draft) {
                codes.append(code)
            }
        }
        draft.facilities = Array(Set(codes)).sorted()
    }

    private func coordinate(_ row: SheetRow, _ draft: inout Draft) {
        let typed = text("frame", row)
        let frames = Words.frame.merging(
            CoordinateFrame.allCases.map { ($0.rawValue, $0.rawValue) }, uniquingKeysWith: { first, _ in first })
        guard !typed.isEmpty,
            let frame = (frames[TextFolding.halfWidth(typed)] ?? frames[TextFolding.halfWidth(typed).uppercased()])
                .flatMap(CoordinateFrame.init)
        else {
            add(
                .error, "FRAME", column("frame"), zh: "须写明坐标系:WGS84、GCJ02(高德、腾讯)或 BD09(百度)",
                en: "name the frame: WGS84, GCJ02 or BD09", &draft)
            return
        }
        let latitude = DecimalText.number(TextFolding.halfWidth(text("latitude", row))) ?? .nan
        let longitude = DecimalText.number(TextFolding.halfWidth(text("longitude", row))) ?? .nan
        if (60...140).contains(latitude), (0...60).contains(longitude) {
            add(
                .error, "COORDINATE_SWAPPED", column("latitude"), zh: "经度和纬度像是写反了",
                en: "latitude and longitude look swapped", &draft)
            return
        }
        guard let point = Coordinate(latitude: latitude, longitude: longitude, frame: frame) else {
            add(
                .error, "COORDINATE", column("latitude"), zh: "经纬度不是数字或超出范围",
                en: "latitude or longitude is no number or out of range", &draft)
            return
        }
        let gps = point.converted(to: .wgs84)
        func units(_ degrees: Double) -> SQLValue { .int(Int64((degrees * 1e7).rounded())) }
        draft.values[index("latitude")] = units(gps.latitude)
        draft.values[index("longitude")] = units(gps.longitude)
        draft.values[index("source_latitude")] = units(latitude)
        draft.values[index("source_longitude")] = units(longitude)
        draft.values[index("source_frame")] = .text(frame.rawValue)
        for other in [CoordinateFrame.wgs84, .gcj02, .bd09] where other != frame && frame != .cgcs2000 {
            guard let moved = Coordinate(latitude: latitude, longitude: longitude, frame: other)?.converted(to: .wgs84),
                let near = neighbour(of: moved, besides: draft.key)
            else { continue }
            add(
                .warning, "FRAME_SUSPECT", column("frame"),
                zh: "若坐标系是 \(other.rawValue),本站与站点 \(near) 重合;请核对坐标系",
                en: "in \(other.rawValue) this would be the place of station \(near); check the frame", &draft)
        }
    }
}

extension RowMaker {
    /// The code of another station within about 30 m of a point.
    private func neighbour(of point: Coordinate, besides code: String) -> String? {
        let latitude = Int64(point.latitude * 1e7)
        let longitude = Int64(point.longitude * 1e7)
        return references.points.first {
            abs($0.latitude - latitude) < 2700 && abs($0.longitude - longitude) < 3000 && $0.code != code
        }?.code
    }
}

/// Opening hours as one cell tells them.
enum HoursText {
    /// `24小时`; `08:30-11:00,13:30-17:00`; `周一至周五 9:30-17:00;周六 9:00-12:00`; or the rules as JSON.
    static func value(_ cell: String) throws(NiangjiaError) -> Value {
        let plain = TextFolding.halfWidth(cell)
        if plain.hasPrefix("[") {
            guard let value = try? Value(json: plain) else {
                throw NiangjiaError(.invalid, zh: "不是合法的 JSON", en: "not valid JSON")
            }
            return try valid(value)
        }
        if plain.hasPrefix("24小时") || plain == "全天" { return try valid([["days": "all", "open": ["00:00-24:00"]]]) }
        var rules: [Value] = []
        for part in plain.split(whereSeparator: { $0 == ";" || $0 == "\n" }) {
            var rest = TextFolding.halfWidth(part)
            var days = "all"
            if let first = rest.unicodeScalars.first, first == "周" || first == "每" || first == "星" || first == "工" {
                let head = rest.prefix { !($0.isASCII && $0.isNumber) }
                days = try weekdays(String(head))
                rest = String(rest.dropFirst(head.count))
            }
            let spans = rest.split(whereSeparator: { $0 == "," || $0 == "、" || $0 == " " }).map {
                Value.text(String($0))
            }
            rules.append(["days": .text(days), "open": .list(spans)])
        }
        return try valid(.list(rules))
    }

    private static func valid(_ value: Value) throws(NiangjiaError) -> Value {
        _ = try OpeningHours(value)
        return value
    }

    private static func weekdays(_ text: String) throws(NiangjiaError) -> String {
        let plain = text.filter { !" ::".contains($0) }
        if plain == "每天" || plain == "每日" { return "all" }
        if plain == "工作日" { return "mon-fri" }
        let names: [Character: String] = [
            "一": "mon", "二": "tue", "三": "wed", "四": "thu", "五": "fri", "六": "sat", "日": "sun", "天": "sun",
        ]
        let days = plain.compactMap { names[$0] }
        guard !days.isEmpty else { throw NiangjiaError(.invalid, zh: "“\(text)”不是星期", en: "“\(text)” is no weekday") }
        return plain.contains("至") || plain.contains("到")
            ? "\(days[0])-\(days[days.count - 1])" : days.joined(separator: ",")
    }
}
