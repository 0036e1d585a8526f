import NiangjiaCore

/// What a member asks for: what is open to me, and what is held about me.
extension Operations {
    static let memberOperations: [Operation] = [
        Operation(
            "program.mine", .anyOf([.submitOwn, .submitForUnit, .submitForOthers, .deliver]), reach: .selfOnly,
            minePrograms),
        Operation("person.data", .permission(.seeOwn), reach: .selfOnly, ownData),
        Operation("person.code", .permission(.seeOwn), reach: .selfOnly, ownCode),
        Operation("visit.add", .permission(.deliver), reach: .part, devices: .atStation, addVisit),
        Operation("access.log", .permission(.seeAccounts), accessLog),
    ]

    /// Programs whose forms take the account's own applications now.
    private static func minePrograms(_ call: Call) async throws {
        let (account, now) = (try signedIn(call), call.host.clock.now())
        let bundle = try await call.host.bundles.active()
        var rows: [[String]] = []
        var answers: [Value] = []
        for program in bundle.programs.values.sorted(by: { $0.id < $1.id }) where program.status == .open {
            let forms = (bundle.plugins[program.plugin]?.manifest.forms.values).map(Array.init) ?? []
            let open = forms.sorted { $0.name < $1.name }.compactMap { form -> Value? in
                let rules = program.rules(for: form.name)
                guard rules.apply.contains(now), let channel = channel(of: form, for: account) else { return nil }
                rows.append([program.id, form.name, channel, rules.apply.to.description])
                return [
                    "form": .text(form.name), "channel": .text(channel), "from": .text(rules.apply.from.description),
                    "to": .text(rules.apply.to.description),
                    "fields": .list(form.fields.map(ProgramDetails.value)),
                ]
            }
            guard !open.isEmpty else { continue }
            answers.append([
                "program": .text(program.id), "plugin": .text(program.plugin), "title": title(program, bundle),
                "season": [
                    "from": .text(program.season.from.description), "to": .text(program.season.to.description),
                ], "forms": .list(open),
            ])
        }
        call.output.table(
            ["项目", "表单", "渠道", "截止"], en: ["program", "form", "by", "until"], rows)
        call.output.answer(.list(answers))
    }

    /// The first channel by which an account may hand a form in; nil when there is none.
    private static func channel(of form: FormDefinition, for account: Account) -> String? {
        form.by.first { name in channels[name].map(account.may) ?? false }
    }

    /// Refuses counts and days that no door or counter has of itself: figures of years hang on them.
    private static func checkVisits(_ count: Int64, on day: CivilDate, today: CivilDate) throws {
        let first = today - Visit.daysBack
        guard first <= day, day <= today else {
            throw NiangjiaError(
                .invalid, zh: "日期须为今天或之前 \(Visit.daysBack) 天内(\(first) 至 \(today))。",
                en: "The day is today or at most \(Visit.daysBack) days back (\(first) to \(today)).", place: "/on")
        }
        guard (1...Visit.mostAtOnce).contains(count) else {
            throw NiangjiaError(
                .invalid, zh: "一次登记的人次须为 1 至 \(Visit.mostAtOnce)。",
                en: "A count is 1 to \(Visit.mostAtOnce) at a time.", place: "/count")
        }
    }

    /// Visits that a door or a counter counted: how many, never who.
    private static func addVisit(_ call: Call) async throws {
        let (account, code) = (try signedIn(call), try call.arguments.text("station"))
        let kind = try call.arguments.optionalText("kind") ?? Visit.Counted.door.rawValue
        guard Visit.Counted(rawValue: kind) != nil else {
            throw NiangjiaError(
                .invalid, zh: "来源须为 door、counter 或 manual。", en: "The kind is door, counter or manual.", place: "/kind")
        }
        let count = try call.arguments.integer("count") ?? 1
        let context = call.context
        let day = try call.arguments.date("on") ?? context.today
        try checkVisits(count, on: day, today: context.today)
        let id = context.ids.next(Visit.self)
        try await call.host.store.write(.interactive) { writer in
            if let closed = try Periods.closedUntil(day, in: writer) {
                throw NiangjiaError(
                    .conflict, zh: "\(closed) 及以前已经结账,不再登记 \(day) 的到访。",
                    en: "The books are closed up to \(closed): no visits are filed for \(day) any more.", place: "/on")
            }
            let place = try Lookup.station(code, within: account, in: writer)
            try Visit.write(id, to: place, kind: kind, on: day, count: count, context, in: writer)
        }
        call.output.line(
            "已登记 \(code) 到访 \(count) 人次(\(day))。", en: "Noted: \(count) visits to \(code) on \(day).")
        call.output.answer([
            "visit": .text(id.text), "station": .text(code), "kind": .text(kind), "on": .text(day.description),
            "count": .int(count),
        ])
    }

    /// Who has looked at whose data, the newest first.
    private static func accessLog(_ call: Call) async throws {
        let limit = try call.arguments.limit(otherwise: 50)
        let (account, about) = (try call.arguments.optionalText("account"), try call.arguments.optionalText("about"))
        let after = try call.arguments.optionalID("after", AccessEntry.self)
        let rows = try await call.host.store.read { reader in
            // Misspelt, it would look as if nobody had looked.
            // The host itself looks too, where a plugin's daily action does, and has no account.
            if let account, try Access.account(account, in: reader) == nil,
                try reader.integer("SELECT 1 FROM access_log WHERE account = $1 LIMIT 1", [.text(account)]) == nil
            {
                throw NiangjiaError(
                    .notFound, zh: "没有账号 \(account)。", en: "There is no account \(account).", place: "/account")
            }
            return try reader.all(
                """
                SELECT id, at, account, about, fields, reason FROM access_log WHERE id < $1 AND ($2 = '' OR account = $2)
                AND ($3 = '' OR about = $3) ORDER BY id DESC LIMIT $4
                """,
                [
                    .int(after?.rawValue ?? .max), .text(account ?? ""), .text(about ?? ""), .int(Int64(limit)),
                ]
            ) { row -> Value in
                [
                    "look": .text(row.id(0, AccessEntry.self).text), "at": .text(row.instant(1).description),
                    "account": .text(row.text(2)), "about": .text(row.text(3)), "fields": .text(row.text(4)),
                    "reason": .text(row.text(5)),
                ]
            }
        }
        let names = ["at", "account", "about", "fields", "reason"]
        call.output.table(
            ["时间", "账号", "查看", "内容", "理由"], en: ["when", "account", "looked at", "what", "why"],
            rows.map { row in names.map { row[$0].text ?? "" } })
        call.output.answer(.list(rows))
    }
}
