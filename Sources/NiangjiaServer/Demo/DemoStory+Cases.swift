import NiangjiaCore
import NiangjiaDemo

extension DemoStory {
    func cases(of plugin: String, form: String? = nil) -> [DemoCase] {
        city.cases.filter { $0.plugin == plugin && (form == nil || $0.form == form) }
    }

    /// The city's program of a plugin.
    func program(of plugin: String) async throws -> Program {
        let bundle = try await host.bundles.active()
        guard let program = bundle.programs.values.filter({ $0.plugin == plugin }).min(by: { $0.id < $1.id }) else {
            throw NiangjiaError(
                .configuration, zh: "演示配置中没有插件 \(plugin) 的项目。", en: "The demo has no program of the plugin \(plugin).")
        }
        return program
    }

    /// Hands in a case of the story, on its day, unless it has been handed in; returns it.
    @discardableResult
    func submit(_ story: DemoCase) async throws -> ID<CaseFile> {
        let program = try await program(of: story.plugin)
        let filer = try await filer(story)
        let names = try await people.resolve(
            story.references + (story.applicant.map { [.person($0)] } ?? [])
                + (story.unit.map { [.organization($0)] } ?? [])
                + (story.serving.map { [.organization($0)] } ?? []), for: filer)
        func name(_ reference: DemoReference) throws -> String {
            guard let text = names[reference] else {
                throw NiangjiaError(
                    .notFound, zh: "演示数据不全。", en: "The demo's data are incomplete.", cause: "\(reference)")
            }
            return text
        }
        var submission = Submission(program: program.id, form: story.form, channel: story.channel)
        submission.applicant = try story.applicant.flatMap { ID<Person>(try name(.person($0))) }
        submission.unit = try story.unit.flatMap { ID<Organization>(try name(.organization($0))) }
        submission.serving = try story.serving.flatMap { ID<Organization>(try name(.organization($0))) }
        submission.fields = try story.fields(name)
        if let known = try await known(story, submission, filer: filer) {
            try await report(story, known)
            return known
        }
        try move(to: story.submittedOn, minutes: 10 * 60)
        let account = try await people.account(filer)
        let bundle = try await host.bundles.active()
        guard let form = bundle.plugins[story.plugin]?.manifest.forms[story.form], let grant = account.roles.first
        else {
            throw NiangjiaError(.notFound, zh: "没有表单 \(story.form)。", en: "There is no form \(story.form).")
        }
        let actor = account.actor(grant)
        let entry = try await host.corridor.enter(submission, by: actor, in: bundle)
        let receipt = try await Operations.file(entry, form, actor, host)
        try await report(story, receipt.id)
        return receipt.id
    }

    /// The case of an earlier run of the demo.
    private func known(_ story: DemoCase, _ submission: Submission, filer: String) async throws -> ID<CaseFile>? {
        let day = Instant(story.submittedOn)
        return try await host.store.read { reader in
            try reader.first(
                """
                SELECT id FROM case_file WHERE filer = $1 AND program = $2 AND form = $3 AND submitted_at >= $4
                AND submitted_at < $5 AND (applicant IS NULL OR applicant = $6) ORDER BY id LIMIT 1
                """,
                [
                    .text(filer), .text(submission.program), .text(submission.form), .instant(day),
                    .instant(day + 86_400_000), .id(submission.applicant),
                ]
            ) { $0.id(0, CaseFile.self) }
        }
    }

    /// One line: what was asked, and what came of it so far.
    private func report(_ story: DemoCase, _ id: ID<CaseFile>) async throws {
        let (record, decisions) = try await host.store.read { reader in
            let record = try Cases.load(id, in: reader)
            return (record, try record.lines.compactMap { try Decisions.ofLine(id, line: $0.line, in: reader) })
        }
        let code = decisions.compactMap(\.outcome.code).first ?? record.lines.compactMap { $0.judgement?.code }.first
        let amount =
            decisions.isEmpty
            ? record.judgedAmount
            : decisions.reduce(Money.zero) { $0 + ($1.outcome.stands ? $1.outcome.amount : .zero) }
        let isFinal = decisions.count == record.lines.count
        check(story, record.state, amount, code, isFinal: isFinal)
        output.line(
            "    \(record.submittedAt.date) \(story.id)  \(story.title.zh):\(record.state.title.zh)  \(amount) 元  \(code ?? "")  \(id)",
            en:
                "    \(record.submittedAt.date) \(story.id)  \(story.title.en): \(record.state.title.en)  \(amount) yuan  \(code ?? "")  \(id)"
        )
    }

    /// Compares what came of a case with what the story expects of it; the rule's word stands before review already.
    private func check(_ story: DemoCase, _ state: CaseState, _ amount: Money, _ code: String?, isFinal: Bool) {
        // Whether enough of a unit take part is known when the whole case is settled.
        if story.expected.outcome == "together" {
            if isFinal, state != .refused { surprises.withLock { $0.append("\(story.id): \(state.title.zh)") } }
            return
        }
        guard amount != story.expected.amount || code != story.expected.code else { return }
        surprises.withLock {
            $0.append(
                "\(story.id): \(amount) 元 \(code ?? "-"),应为 \(story.expected.amount) 元 \(story.expected.code ?? "-")")
        }
    }

    /// Takes a case through its levels of review, each by another person. Returns where it stands then.
    func review(_ id: ID<CaseFile>) async throws -> CaseState {
        while true {
            let record = try await host.store.read { try Cases.load(id, in: $0) }
            guard record.state == .inCheck, let level = record.level else { return record.state }
            let account = try await people.account(
                level == "basic" || level == "group" ? "basic" : level == "county" ? "county" : "city")
            let actor = try CaseActionInput.actor(account, for: .approve, level: record.level)
            let state = try await host.corridor.act(.approve, on: id, by: actor, version: record.version)
            output.line(
                "      \(id) \(level) 级 \(account.display):通过 → \(state.title.zh)",
                en: "      \(id) \(level) \(account.id): approved → \(state.title.en)")
        }
    }

    // MARK: 职工医疗互助

    func enrol() async throws {
        chapter(3, "医疗互助:单位统一参加,缴费到账", "Mutual aid: units enrol, fees come in")
        let program = try await program(of: "mutual-aid")
        for story in cases(of: "mutual-aid", form: "enrol") {
            let id = try await submit(story)
            guard try await review(id) == .approved, let code = story.unit else { continue }
            let owed = try await host.store.read { reader in
                let unit = try Lookup.organization(code, in: reader)
                return try Fees.outstanding(payer: .organization(unit), program: program.id, in: reader).amount
            }
            guard owed > .zero else { continue }
            try await run(
                "fund.receive", ["program": .text(program.id), "unit": .text(code), "amount": .text(owed.yuan)],
                as: "treasurer")
        }
    }

    func claims() async throws {
        chapter(4, "医疗互助:住院申请,两级审核", "Mutual aid: claims, reviewed on two levels")
        for story in cases(of: "mutual-aid", form: "claim").sorted(by: { $0.submittedOn < $1.submittedOn }) {
            _ = try await review(try await submit(story))
        }
        try await pay(try await program(of: "mutual-aid").id, failing: false)
    }

    // MARK: 夏送清凉

    func summer() async throws {
        chapter(5, "夏送清凉:扫码领取、一线慰问", "Summer cooling: scans and visits")
        for story in cases(of: "summer-cooling").sorted(by: { $0.submittedOn < $1.submittedOn })
        where story.form == "site_visit" || story.submittedOn < day("2026-07-20") {
            try await handOver(story, try await reviewed(story))
        }
    }

    // MARK: 金秋助学

    func tuition() async throws {
        chapter(6, "金秋助学:申请、三级审核;其间又有人扫码", "Tuition aid: applications and three levels of review")
        let later = cases(of: "summer-cooling", form: "package").filter { $0.submittedOn >= day("2026-07-20") }
        for story in (cases(of: "tuition") + later).sorted(by: { $0.submittedOn < $1.submittedOn }) {
            let id = try await reviewed(story)
            if story.plugin == "summer-cooling" { try await handOver(story, id) }
        }
    }

    private func reviewed(_ story: DemoCase) async throws -> ID<CaseFile> {
        let id = try await submit(story)
        _ = try await review(id)
        return id
    }

    /// What was granted in goods is handed over at once: a pack at the station's counter, a visit on the site.
    private func handOver(_ story: DemoCase, _ id: ID<CaseFile>) async throws {
        let waits = try await host.store.read { reader in
            try Entitlements.of(id, in: reader).contains { $0.kind == .goods && $0.state == .approved }
        }
        guard waits else { return }
        let record = try await host.store.read { try Cases.load(id, in: $0) }
        guard let person = record.applicant else {
            try await run("case.deliver", ["case": .text(id.text)], as: "office")
            return
        }
        let station = try await host.store.read { reader in
            try reader.first("SELECT code FROM station WHERE status = 'open' ORDER BY code LIMIT 1", []) { $0.text(0) }
        }
        try await run(
            "case.deliver",
            [
                "program": .text(record.program), "person": .text(person.text),
                "station": station.map { .text($0) } ?? .null,
            ], as: "keeper")
    }

    func day(_ text: String) -> CivilDate { CivilDate(text) ?? DemoCity.asOf }
}
