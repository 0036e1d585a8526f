import NiangjiaCore

extension Operations {
    static let programOperations: [Operation] = [
        Operation("program.list", .shell, reach: .open, devices: .plainly, listPrograms),
        Operation("program.show", .shell, reach: .open, devices: .plainly, showProgram),
    ]

    /// The program that was named, in a given bundle or the one in force.
    static func program(_ call: Call, in given: Bundle? = nil) async throws -> (program: Program, bundle: Bundle) {
        let id = try call.arguments.text("program")
        let bundle: Bundle = if let given { given } else { try await call.host.bundles.active() }
        guard let program = bundle.programs[id] else { throw noProgram(id, bundle) }
        return (program, bundle)
    }

    /// The program that a list is asked for, if any. A misspelt one is refused, or it would look as if nothing were there; one that has
    /// been deleted is found by what it left.
    static func filteredProgram(_ call: Call) async throws -> String? {
        guard let id = try call.arguments.optionalText("program") else { return nil }
        let bundle = try await call.host.bundles.active()
        if bundle.programs[id] != nil || PaidFlow.named(id) != nil { return id }
        let tables = ["case_file", "decision_terms", "run", "entitlement_terms", "correction"]
        let wasThere = try await call.host.store.read { reader in
            try tables.contains {
                try reader.integer("SELECT 1 FROM \($0) WHERE program = $1 LIMIT 1", [.text(id)]) != nil
            }
        }
        guard !wasThere else { return id }
        throw noProgram(id, bundle)
    }

    private static func noProgram(_ id: String, _ bundle: Bundle) -> NiangjiaError {
        let names = bundle.programs.keys.sorted().joined(separator: " ")
        return NiangjiaError(
            .notFound, zh: "没有项目 \(id)。现有:\(names)", en: "There is no program \(id). There are: \(names)",
            place: "/program")
    }

    static func statusWord(_ status: Program.Status) -> LocalText {
        switch status {
        case .open: LocalText(zh: "开放", en: "open")
        case .closedToNew: LocalText(zh: "停止受理", en: "closed to new cases")
        case .suspended: LocalText(zh: "暂停", en: "suspended")
        case .ended: LocalText(zh: "结束", en: "ended")
        }
    }

    private static func listPrograms(_ call: Call) async throws {
        let state = try await folder(call)
        let bundle = try await call.host.bundles.active()
        let programs = bundle.programs.values.sorted { $0.id < $1.id }
        call.output.table(
            ["项目", "插件", "状态", "时间", "文号"], en: ["program", "plugin", "status", "season", "policy"],
            programs.map {
                [
                    $0.id, $0.plugin, statusWord($0.status)[call.output.language],
                    $0.season.description, $0.policy,
                ]
            })
        tellFolder(state, call)
        call.output.answer(
            .list(
                programs.map { program in
                    [
                        "program": .text(program.id), "plugin": .text(program.plugin),
                        "status": .text(program.status.rawValue), "title": title(program, bundle),
                        "season": [
                            "from": .text(program.season.from.description), "to": .text(program.season.to.description),
                        ],
                        "forms": .list(
                            (bundle.plugins[program.plugin]?.manifest.forms.keys.sorted() ?? []).map { .text($0) }),
                    ]
                }))
    }

    static func title(_ program: Program, _ bundle: Bundle) -> Value {
        guard let title = bundle.plugins[program.plugin]?.manifest.title else { return .null }
        return ["zh-CN": .text(title.zh), "en": .text(title.en)]
    }

    /// How the folder stands, for people who keep it. Whoever asks for data only gets what is in force: reading all files again for
    /// each request would cost far more than the answer.
    private static func folder(_ call: Call) async throws -> FolderState? {
        guard call.output.takesLines else { return nil }
        return try await call.host.bundles.look(at: call.host.folder)
    }

    /// Says how the folder stands to what is in force.
    static func tellFolder(_ state: FolderState?, _ call: Call) {
        guard let state else { return }
        if let proposal = state.proposal {
            call.output.line(
                "文件夹中的修改\(proposal.state.title.zh)(\(proposal.digest.prefix(12)),\(proposal.proposedBy)),此前按生效中的配置执行。",
                en:
                    "Changes in the folder (\(proposal.digest.prefix(12)), \(proposal.proposedBy)): \(proposal.state.title.en); until they are in force the others go on."
            )
        }
        if state.isBehind { call.output.line(FolderState.behind[call.output.language]) }
        if !state.errors.isEmpty {
            call.output.line(
                "配置文件夹有误,仍按生效中的配置执行:", en: "The folder has mistakes; what is in force goes on:")
            state.errors.forEach { call.output.line("  " + $0[call.output.language]) }
        }
    }

    private static func showProgram(_ call: Call) async throws {
        let state = try await folder(call)
        let (program, bundle) = try await program(call)
        let pending = try await call.host.bundles.pending(for: program.id, since: bundle)
        let rules = program.base
        let settings = Value.map(rules.settings)
        call.output.line(
            "\(program.id)  \(bundle.plugins[program.plugin]?.manifest.title[call.output.language] ?? program.plugin)  \(statusWord(program.status)[call.output.language])"
        )
        call.output.line(
            "  插件 \(program.plugin) \(bundle.plugins[program.plugin]?.manifest.version ?? "?")  组织 \(program.organization)  文号 \(program.policy)",
            en:
                "  plugin \(program.plugin) \(bundle.plugins[program.plugin]?.manifest.version ?? "?")  organization \(program.organization)  policy \(program.policy)"
        )
        call.output.line(
            "  时间 \(program.season)  资金 \(rules.funding.map(\.line).joined(separator: "、"))  审核 \(rules.review.map(\.level).joined(separator: "→"))",
            en:
                "  season \(program.season)  funds \(rules.funding.map(\.line).joined(separator: ", "))  review \(rules.review.map(\.level).joined(separator: "→"))"
        )
        for (name, words) in SettingWords.of(
            rules.settings, plugin: bundle.plugins[program.plugin], call.output.language)
        {
            call.output.line("  \(name): \(words)")
        }
        let details = ProgramDetails(program: program, plugin: bundle.plugins[program.plugin])
        details.tell(call.output)
        for (entry, changes) in pending {
            for change in changes {
                call.output.line(
                    "  待批准(\(entry.digest.prefix(12)),\(entry.proposedBy)):\(change.zh)",
                    en: "  waits for approval (\(entry.digest.prefix(12)), \(entry.proposedBy)): \(change.en)")
            }
        }
        if pending.isEmpty { tellFolder(state, call) }
        let members: [String: Value] = [
            "program": .text(program.id), "plugin": .text(program.plugin), "status": .text(program.status.rawValue),
            "title": title(program, bundle), "organization": .text(program.organization),
            "policy": .text(program.policy),
            "series": .text(program.series), "settings": settings, "bundle": .text(bundle.digest),
            "season": ["from": .text(program.season.from.description), "to": .text(program.season.to.description)],
            "pending": .list(
                pending.map { entry, changes in
                    [
                        "bundle": .text(entry.digest), "state": .text(entry.state.rawValue),
                        "word": .text(entry.state.title[call.output.language]),
                        "proposed_by": .text(entry.proposedBy),
                        "changes": .list(changes.map { .text($0[call.output.language]) }),
                    ]
                }),
        ]
        call.output.answer(.map(members.merging(details.members) { own, _ in own }))
    }
}

extension BundleStore {
    /// Proposals that would change a program, with what they would change.
    func pending(for program: String, since active: Bundle) async throws -> [(BundleEntry, [LocalText])] {
        var found: [(BundleEntry, [LocalText])] = []
        for entry in try await log() where entry.state == .proposed || entry.state == .approved {
            let bundle = try await bundle(digest: entry.digest)
            guard bundle.programs[program] != nil else {
                found.append((entry, [LocalText(zh: "删除项目", en: "program removed")]))
                continue
            }
            let changes = try BundleDifference.program(program, than: program, from: active, to: bundle)
            if !changes.isEmpty { found.append((entry, changes)) }
        }
        return found
    }
}
