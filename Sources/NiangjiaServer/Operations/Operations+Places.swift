import NiangjiaCore

extension Operations {
    static let placeOperations: [Operation] = [
        Operation("place.list", .signIn, reach: .open, listPlaces),
        Operation("draw.list", .signIn, reach: .open, listDraws),
        Operation("draw.show", .signIn, reach: .open, showDraw),
        Operation("draw.verify", .signIn, reach: .open, verifyDraw),
        Operation("draw.value", .permission(.decide), giveValue),
    ]

    /// How many places each pool of a program has, how many are taken and waited for. Counts only: nobody is named.
    private static func listPlaces(_ call: Call) async throws {
        let (program, _) = try await program(call)
        let prefix = program.id + "/"
        let (after, limit) = (try call.arguments.optionalText("after") ?? "", try call.arguments.limit())
        let rows = try await call.host.store.read { reader in
            try reader.all(
                """
                SELECT key, cap, used, waiting FROM counter WHERE kind = 'places' AND substr(key, 1, length($1)) = $1 \
                AND key > $2 ORDER BY key LIMIT $3
                """, [.text(prefix), .text(after), .int(Int64(limit))]
            ) { row -> Value in
                let key = row.text(0)
                let name = try key.split(separator: "/").last.flatMap { ID<Record>(String($0)) }.flatMap { id in
                    try reader.first("SELECT key FROM record WHERE id = $1", [.id(id)]) { $0.text(0) }
                }
                return [
                    "pool": .text(key), "of": name.map { (try? Value(json: $0)) ?? .text($0) } ?? .null,
                    "places": row.intOrNil(1).map { .int($0) } ?? .null, "taken": .int(row.int(2)),
                    "waiting": .int(row.int(3)),
                ]
            }
        }
        call.output.table(
            ["名额", "", "总数", "已占", "候补"], en: ["pool", "", "places", "taken", "waiting"],
            rows.map { row in
                [
                    row["pool"].text ?? "", row["of"].list?.first?.text ?? "", "\(row["places"].int ?? 0)",
                    "\(row["taken"].int ?? 0)", "\(row["waiting"].int ?? 0)",
                ]
            })
        call.output.answer(.list(rows))
    }

    private static func summary(_ one: Allotment) -> Value {
        [
            "draw": .text(one.id.text), "program": .text(one.program), "form": .text(one.form), "pool": .text(one.pool),
            "closed_at": .text(one.closedAt.description), "entrants": .int(one.entrants), "places": .int(one.count),
            "order": .list(one.ordering.map { .text($0.rawValue) }), "list_sm3": .text(Hex.text(one.listDigest)),
            "source": one.source.map { .text($0) } ?? .null, "value": one.value.map { .text($0) } ?? .null,
            "seed": one.seed.map { .text($0) } ?? .null,
            "state": .text(one.standing.rawValue),
        ]
    }

    private static func listDraws(_ call: Call) async throws {
        let program = try await filteredProgram(call)
        let (after, limit) = (try call.arguments.optionalID("after", Allotted.self), try call.arguments.limit())
        let found = try await call.host.store.read {
            try Allotment.list(program: program, after: after, limit: limit, in: $0)
        }
        call.output.table(
            ["编号", "项目", "截止", "人数", "名额", "次序", "状态"],
            en: ["draw", "of", "closed", "entrants", "places", "order", "state"],
            found.map {
                [
                    $0.id.text, $0.run == nil ? $0.pool : "\($0.program)/\($0.form) \($0.pool)",
                    $0.closedAt.date.description, "\($0.entrants)", "\($0.count)",
                    $0.ordering.map(\.rawValue).joined(separator: ","), word($0)[call.output.language],
                ]
            })
        call.output.answer(.list(found.map(summary)))
    }

    private static func word(_ one: Allotment) -> LocalText {
        if one.state == .settled { return LocalText(zh: "已给", en: "served") }
        if one.isDraw, one.seed == nil { return LocalText(zh: "等待公开数值", en: "waits for the public value") }
        return LocalText(zh: "已截止", en: "closed")
    }

    private static func check(_ call: Call) async throws -> AllotmentCheck {
        let id = try call.arguments.id("draw", Allotted.self)
        let crypto = call.host.crypto
        return try await call.host.store.read { try Allotment.load(id, in: $0).check(crypto: crypto, in: $0) }
    }

    /// Who in the list of a run somebody is: for themselves, and for whoever may see the person and every fact that the rule was told.
    private static func entrant(of one: Allotment, _ call: Call) async throws -> Value {
        let account = try signedIn(call)
        let asked = try call.arguments.optionalID("person", Person.self)
        guard let run = one.run, let person = asked ?? account.person else { return .null }
        if person != account.person {
            let digest = try await call.host.store.read { reader in
                guard try mayKnow(person, account, in: reader) else {
                    throw NiangjiaError(.notFound, zh: "没有此人:\(person)", en: "There is no such person: \(person)")
                }
                return try reader.first("SELECT bundle FROM run WHERE id = $1", [.id(run)]) { $0.text(0) }
            }
            guard let digest else { return .null }
            let bundle = try await call.host.bundles.bundle(digest: digest)
            guard let plugin = bundle.programs[one.program]?.plugin,
                let form = bundle.plugins[plugin]?.manifest.forms[one.form]
            else { return .null }
            try FactRights(account: account).needNames(form, of: .person)
        }
        let crypto = call.host.crypto
        let found = try await call.host.store.read {
            try Allotment.entrant(SubjectRef(.person, person.rawValue), of: run, crypto, in: $0)
        }
        guard let found else { return .null }
        if person != account.person { try await note(["draw"], about: person.text, reason: .drawShow, call) }
        call.output.line(
            person == account.person ? "  您在名单中的代号 \(found.name)" : "  \(person) 在名单中的代号 \(found.name)",
            en: person == account.person
                ? "  in this list you are \(found.name)" : "  in this list \(person) is \(found.name)")
        return ["person": .text(person.text), "entrant": .text(found.name)]
    }

    /// Whether the register shows an account a person.
    private static func mayKnow(_ person: ID<Person>, _ account: Account, in reader: any StoreReader) throws -> Bool {
        guard account.may(.seeRegisters), let scope = try OrganizationScope.of(account.scope, in: reader) else {
            return false
        }
        return try scope.contains(try Membership.union(of: person, in: reader), in: reader)
    }

    /// All that anybody needs to repeat it: application numbers and tokens, never who they are.
    private static func showDraw(_ call: Call) async throws {
        let check = try await check(call)
        let one = check.allotment
        let output = call.output
        output.line("\(one.id)  \(one.pool)  \(word(one)[output.language])")
        output.line(
            "  截止 \(one.closedAt)  参加 \(one.entrants)  名额 \(one.count)  候补 \(one.room)",
            en: "  closed \(one.closedAt)  entrants \(one.entrants)  places \(one.count)  may wait \(one.room)")
        let ordering = one.ordering.map(\.rawValue).joined(separator: ", ")
        output.line("  次序 \(ordering)", en: "  order \(ordering)")
        output.line("  名单 SM3 \(Hex.text(one.listDigest))", en: "  SM3 of the list \(Hex.text(one.listDigest))")
        if let head = check.head {
            output.line(
                "  截止时的链首 \(head.seq)  \(Hex.text(head.digest))",
                en: "  the chain's head then \(head.seq)  \(Hex.text(head.digest))")
        }
        if let source = one.source {
            output.line(
                "  公开数值 \(source):\(one.value ?? "尚未公布")",
                en: "  public value \(source): \(one.value ?? "not known yet")")
        }
        if let seed = one.seed { output.line("  种子 \(seed)", en: "  seed \(seed)") }
        for (n, place) in check.order.enumerated() {
            call.output.line(
                "  \(n + 1). \(place.entrant.name)  \(place.entrant.rank.map { "rank \($0)  " } ?? "")\(place.key?.prefix(16) ?? "")  \(stateWord(place.state)[output.language])"
            )
        }
        let entrant = try await entrant(of: one, call)
        guard case .map(var members) = answer(check) else { return }
        members["entrant"] = entrant
        call.output.answer(.map(members))
    }

    private static func stateWord(_ state: PlaceState) -> LocalText {
        switch state {
        case .held: LocalText(zh: "名额", en: "served")
        case .waiting: LocalText(zh: "候补", en: "waits")
        case .entered: LocalText(zh: "已报名", en: "entered")
        case .out, .freed: LocalText(zh: "未中", en: "not served")
        }
    }

    private static func answer(_ check: AllotmentCheck) -> Value {
        guard case .map(var members) = summary(check.allotment) else { return .null }
        members["list"] = .text(check.allotment.list)
        members["head"] = check.head?.value ?? .null
        members["waiting_room"] = .int(check.allotment.room)
        members["served"] = .list(
            check.order.enumerated().map { n, place in
                [
                    "position": .int(Int64(n + 1)), "entrant": .text(place.entrant.name),
                    "rank": place.entrant.rank.map { .int($0) } ?? .null, "key": place.key.map { .text($0) } ?? .null,
                    "place": .text(place.state.rawValue),
                ]
            })
        members["ok"] = .bool(check.isOK)
        members["faults"] = .list(check.faults.map { ["zh-CN": .text($0.zh), "en": .text($0.en)] })
        return .map(members)
    }

    private static func verifyDraw(_ call: Call) async throws {
        let check = try await check(call)
        if !check.isOK { call.output.foundWrong() }
        check.faults.forEach { call.output.line($0[call.output.language]) }
        if check.isOK {
            call.output.line(
                check.allotment.state == .settled
                    ? "重新计算 \(check.order.count) 人的次序:与当时给出的一致。"
                    : "名单与事件链记载的一致(\(check.allotment.entrants) 人);尚未抽签。",
                en: check.allotment.state == .settled
                    ? "The order of \(check.order.count) was worked out again: it is the one that was served."
                    : "The list is the one that the chain tells of (\(check.allotment.entrants)); nothing is drawn yet."
            )
        }
        call.output.answer(answer(check))
    }

    /// The public value is known: whoever enters it can't choose it, and it is entered once.
    private static func giveValue(_ call: Call) async throws {
        let id = try call.arguments.id("draw", Allotted.self)
        let done = try await call.host.corridor.draw(
            id, value: try call.arguments.text("value"), by: try call.actor(.decide))
        call.output.line(
            "已按“\(done.value ?? "")”抽签,种子 \(done.seed ?? "")。任何人都可以用 niangjia draw verify \(id) 重新计算。",
            en:
                "Drawn by “\(done.value ?? "")”, seed \(done.seed ?? ""). Anybody can work it out again: niangjia draw verify \(id)."
        )
        if let run = done.run {
            let day = try await call.host.corridor.runs(of: done.program).first { $0.run == run }?.asOf
            let command = "niangjia program decide \(done.program)" + (day.map { " --as-of \($0)" } ?? "")
            call.output.line("下一步:\(command),按这个次序核定。", en: "Next: \(command) goes on in this order.")
        }
        call.output.answer(summary(done))
    }
}
