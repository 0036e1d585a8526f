import NiangjiaConfig
import NiangjiaCore
import NiangjiaPlugins

extension Operations {
    static let pluginOperations: [Operation] = [
        Operation("plugin.approve", .permission(.approveProposal), approvePlugin),
        Operation("plugin.try", .permission(.preview), reach: .part, tryPlugin),
        Operation("plugin.fixture", .anyOf([.seeJournal, .preview]), reach: .part, makeFixture),
    ]

    /// Trusts the digest of a plugin in a proposal, as somebody who is none of its authors. It makes nothing active.
    private static func approvePlugin(_ call: Call) async throws {
        let (id, account, bundles) = (try call.arguments.text("plugin"), try signedIn(call), call.host.bundles)
        let entry = try await waiting(id, try call.arguments.optionalText("bundle"), call)
        guard let pin = try await bundles.pin(id, of: entry, by: account).first else {
            throw NiangjiaError(
                .notFound, zh: "配置 \(entry.digest.prefix(12)) 中没有插件 \(id)。",
                en: "Bundle \(entry.digest.prefix(12)) has no plugin \(id).", place: "/plugin")
        }
        let words = LocalText(
            zh: "\(id) \(pin.version) 已批准,摘要 \(pin.digest)。提交 \(pin.author),批准 \(pin.approvedBy)。",
            en:
                "\(id) \(pin.version) is approved, digest \(pin.digest). Proposed by \(pin.author), approved by \(pin.approvedBy)."
        )
        call.output.line(words[call.output.language])
        let next = LocalText(
            zh: "尚未生效。下一步: niangjia config approve \(entry.digest.prefix(12))",
            en: "It isn't in force yet. Next: niangjia config approve \(entry.digest.prefix(12))")
        if entry.state == .proposed {
            // Those that were made before anybody had read it told no money.
            for command in try await bundles.missingPreviews(of: entry).commands {
                call.output.line("批准之前须先试算:\(command)", en: "Before it is approved, preview it: \(command)")
            }
            call.output.line(next[call.output.language])
        }
        call.output.answer(pin.value)
    }

    /// The bundle that was named, else the newest one that waits and brings the plugin with another content than what is in force.
    private static func waiting(_ id: String, _ named: String?, _ call: Call) async throws -> BundleEntry {
        let bundles = call.host.bundles
        if let named { return try await bundles.entry(named) }
        let active: NiangjiaCore.Bundle? =
            if let digest = try await bundles.activeDigest() { try await bundles.bundle(digest: digest) } else { nil }
        for entry in try await bundles.log() where entry.state == .proposed {
            let plugin = try await bundles.bundle(digest: entry.digest).plugins[id]
            if let plugin, plugin.digest != active?.plugins[id]?.digest { return entry }
        }
        throw NiangjiaError(
            .notFound, zh: "没有待批准的 \(id):作者先运行 niangjia config propose --as 作者。",
            en: "No version of \(id) waits for approval: its author runs niangjia config propose first.",
            place: "/plugin")
    }
}

extension Operations {
    /// What the folder's rule would say of a person today: facts are gathered, nothing is decided. That the facts were looked at is
    /// written to the access log.
    private static func tryPlugin(_ call: Call) async throws {
        let (account, host) = (try signedIn(call), call.host)
        let reading = try await host.bundles.read(try ConfigFolder.files(in: host.folder.path))
        guard let bundle = reading.bundle, reading.report.isUsable else {
            throw reading.report.error
                ?? NiangjiaError(.configuration, zh: "配置有误。", en: "The configuration has mistakes.")
        }
        let (program, _) = try await program(call, in: bundle)
        let plugin = bundle.plugins[program.plugin]
        let form = try chosenForm(try call.arguments.optionalText("form"), plugin)
        let rights = FactRights(account: account)
        try rights.needNames(form, of: .person)
        let isRead = try await !host.bundles.unread(in: bundle).contains(program.plugin)
        try Unread(program.plugin, in: bundle).needKnowing(
            isRead || rights.mayKnow(form, in: bundle, program.plugin))
        let person = try call.arguments.id("person", Person.self)
        let given = call.arguments.value["fields"].map ?? [:]
        let context = call.context
        var submission = Submission(
            program: program.id, form: form.name, applicant: person, channel: form.by.first ?? "clerk")
        submission.fields = try await host.store.write(.interactive) { writer in
            try logAccess(at: person, form, account, context, in: writer)
            return try FormInput.resolve(given, form.fields, of: program.plugin, in: writer)
        }
        let trial = try await host.corridor.trial(submission, in: bundle)
        var answers: [Value] = []
        for line in trial.lines {
            let seen = try line.row.map { try host.judge.describe(trial.requestBytes, row: $0) }
            let shown = TriedLine(line, seen: seen, plugin: plugin, form: form, stacking: bundle.stacking)
            shown.lines(call.output.language).forEach { call.output.line($0) }
            answers.append(shown.value)
        }
        call.output.answer(["program": .text(program.id), "form": .text(form.name), "lines": .list(answers)])
    }

    private static func chosenForm(_ name: String?, _ plugin: Plugin?) throws -> FormDefinition {
        let forms = (plugin?.manifest.forms ?? [:]).values.sorted { $0.name < $1.name }
        let found = name == nil && forms.count == 1 ? forms.first : forms.first { $0.name == name }
        guard let found else {
            let list = forms.map(\.name).joined(separator: ", ")
            throw NiangjiaError(
                .invalid, zh: "请用 --form 指定表单,可写: \(list)", en: "Name the form with --form; there are: \(list)",
                place: "/form")
        }
        return found
    }

    /// Somebody outside of the account's part of the city is as if they weren't there; a look at somebody's facts is logged.
    private static func logAccess(
        at person: ID<Person>, _ form: FormDefinition, _ account: Account, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        let path = try writer.first(
            """
            SELECT o.path FROM person p LEFT JOIN membership m ON m.person = p.id AND \(Membership.isPrimary)
            LEFT JOIN organization o ON o.id = m.organization WHERE p.id = $1
            """, [.id(person)]
        ) { $0.textOrNil(0) ?? "" }
        guard let path, let scope = try OrganizationScope.of(account.scope, in: writer),
            scope.prefix.isEmpty || scope.contains(path: path)
        else { throw NiangjiaError(.notFound, zh: "没有这个人。", en: "There is no such person.", place: "/person") }
        let facts = form.facts.subject.map { "subject.\($0)" } + form.facts.household.map { "household.\($0)" }
        try note(facts.joined(separator: ","), about: person.text, reason: .pluginTry, account, context, in: writer)
    }

    /// Writes down that somebody's facts were looked at, and why.
    static func note(
        _ fields: String, about: String, reason: AccessReason, _ account: Account, _ context: ChangeContext,
        in writer: any StoreWriter
    ) throws {
        try AccessLog.note(fields, about: about, by: account.id, reason: reason.rawValue, context, in: writer)
        try context.record(
            "access.facts", about: about, body: ["fields": .text(fields), "reason": .text(reason.rawValue)], in: writer)
    }

    /// The same before what was looked at is told; nothing where nothing was.
    static func note(_ looked: Set<String>, about: String, reason: AccessReason, _ call: Call) async throws {
        try await note(looked, about: [about], reason: reason, call)
    }

    /// The same of a look at several at once: once for each of them.
    static func note(_ looked: Set<String>, about whom: [String], reason: AccessReason, _ call: Call) async throws {
        guard !looked.isEmpty, !whom.isEmpty else { return }
        let (fields, account, context) = (looked.sorted().joined(separator: ","), try signedIn(call), call.context)
        // A look is no effect: whoever is cut off behind it may send the same key again.
        try await Idempotency.$current.withValue(nil) {
            try await call.host.store.write(.interactive) { writer in
                for one in whom { try note(fields, about: one, reason: reason, account, context, in: writer) }
            }
        }
    }

    /// The season by which a decision was made.
    private static func season(of row: Decisions.Row, in bundle: NiangjiaCore.Bundle) -> DateRange {
        bundle.programs[row.program]?.rules(for: row.form).season ?? DateRange(from: row.onDate, to: row.onDate)
    }

    /// A journaled call as a test about somebody fictional.
    private static func makeFixture(_ call: Call) async throws {
        let (row, account, host) = (try await visibleDecision(call), try signedIn(call), call.host)
        let entry = try await host.store.read { try Journal.entry(of: row.id, crypto: host.crypto, in: $0) }
        let bundle = try await host.bundles.bundle(digest: entry.bundle)
        guard let plugin = bundle.plugins[row.plugin], let form = plugin.manifest.forms[row.form],
            entry.function.hasPrefix("assess.")
        else {
            throw NiangjiaError(
                .invalid, zh: "只有申请表单的裁定可以写成用例。", en: "Only a decision on a form can be told as a test.")
        }
        try FactRights(account: account).needNames(form, of: row.subject.kind)
        let seen = try host.judge.describe(entry.requestBytes, row: entry.row)
        let judgements = try host.judge.judgements(entry.replyBytes, plugin: plugin, function: entry.function)
        try await note(["facts"], about: row.subject.description, reason: .pluginFixture, call)
        let bench = try Workbench()
        defer { bench.close() }
        let id = plugin.manifest.id
        let own = bundle.files.filter { ["plugins/\(id)/plugin.yaml", "plugins/\(id)/main.lua"].contains($0.key) }
        let text = try await FixtureMaker(services: bench.services(), pluginFiles: own).make(
            FixtureSource(
                plugin: plugin, form: form, subject: row.subject, on: row.onDate,
                season: season(of: row, in: bundle), seen: seen.facts, settings: seen.settings,
                judgement: judgements[entry.row].checked(for: form)))
        let report = await PluginTester(plugin: plugin, pluginFiles: own, services: bench.services()).run([
            try PluginTestFile(yaml: Array(text.utf8), path: "plugins/\(id)/tests/fixture.yaml")
        ])
        guard report.isFine else {
            throw NiangjiaError(
                .internal, zh: "写出的用例没有通过。", en: "The test that was made doesn't pass.", cause: report.text(.en))
        }
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().forEach {
            call.output.line(String($0))
        }
        call.output.answer(["plugin": .text(id), "form": .text(row.form), "test": .text(text)])
    }
}
