import NiangjiaConfig
import NiangjiaCore

extension Operations {
    static let configOperations: [Operation] = [
        Operation("config.propose", .permission(.propose), propose),
        Operation("config.approve", .permission(.approveProposal)) { call in
            let asked = try await call.host.bundles.entry(try call.arguments.text("bundle"))
            asked.summary.forEach { call.output.line("  " + $0[call.output.language]) }
            let entry = try await call.host.bundles.approve(
                try call.arguments.text("bundle"), by: try signedIn(call),
                despiteFailures: call.arguments.flag("despite_failures"))
            for (form, made) in (entry.previews.map ?? [:]).sorted(by: { $0.key < $1.key }) {
                call.output.line("  " + KeptPreview(made).line(of: form)[call.output.language])
            }
            call.output.line(
                entry.state == .active
                    ? "已批准并生效:\(entry.digest.prefix(12))"
                    : "已批准,\(entry.effectiveOn?.description ?? "") 起生效:\(entry.digest.prefix(12))",
                en: entry.state == .active
                    ? "Approved and in force: \(entry.digest.prefix(12))"
                    : "Approved, in force from \(entry.effectiveOn?.description ?? ""): \(entry.digest.prefix(12))")
            try await OpenRuns.tell(call)
            call.output.answer(entry.value(call.output.language))
        },
        Operation("config.withdraw", .permission(.propose)) { call in
            let entry = try await call.host.bundles.withdraw(
                try call.arguments.text("bundle"), by: try signedIn(call))
            call.output.line("已撤回:\(entry.digest.prefix(12))", en: "Withdrawn: \(entry.digest.prefix(12))")
            call.output.answer(entry.value(call.output.language))
        },
        Operation("config.revert", .permission(.propose), revert),
        Operation("config.log", .shell, reach: .open, log),
        Operation("config.show", .shell, reach: .open, show),
        Operation("config.diff", .shell, reach: .open, difference),
        Operation("config.export", .shell, reach: .open, exportConfiguration),
    ]

    static func signedIn(_ call: Call) throws -> Account {
        guard let account = call.account else { throw signInFirst }
        return account
    }

    private static func propose(_ call: Call) async throws {
        let files: [String: [UInt8]]
        let fromFolder = call.arguments.value["files"].map == nil
        if let changes = call.arguments.value["files"].map {
            files = try await changed(changes, call)
        } else {
            files = try ConfigFolder.files(in: call.host.folder.path)
            var report = try await call.host.bundles.read(files).report
            report.append(contentsOf: ConfigFolder.unread(in: call.host.folder.path))
            tellWarnings(report, call)
        }
        let expected = try call.arguments.optionalText("digest")
        try expect(expected, call.host.bundles.loader.digest(of: files))
        let entry = try await call.host.bundles.propose(
            files, by: try signedIn(call).id,
            policy: try call.arguments.optionalText("policy"), effectiveOn: try call.arguments.date("from"),
            fromFolder: fromFolder, tests: { try await ProposedTests.words(of: files, from: $1, to: $0, call) })
        try await tell(entry, call)
        guard fromFolder, expected == nil, entry.state == .proposed else { return }
        let words = LocalText(
            zh: "您署名的就是上面列出的修改。有不是您看过的:niangjia config withdraw \(entry.digest.prefix(12))",
            en:
                "You signed for the changes above. If any of them isn't what you looked at: niangjia config withdraw \(entry.digest.prefix(12))"
        )
        call.output.line(words[call.output.language])
    }

    /// Refuses a content that isn't the one that somebody looked at. Only the whole digest counts: whoever keeps the folder finds
    /// another content with the same beginning.
    private static func expect(_ expected: String?, _ digest: String) throws {
        guard let expected, expected.lowercased() != digest else { return }
        throw NiangjiaError(
            .conflict, zh: "现在的内容是 \(digest),不是您看过的 \(expected):没有提交。请用 niangjia config diff 再看一遍(摘要须写全)。",
            en: """
                The content is \(digest) now, not \(expected), which you looked at: nothing was proposed. Look again with niangjia \
                config diff (the whole digest is wanted).
                """, place: "/digest")
    }

    /// What is in force with some files changed: text puts a file in the place of another, null takes one out.
    private static func changed(_ changes: [String: Value], _ call: Call) async throws -> [String: [UInt8]] {
        var files = try await call.host.bundles.active().files
        for (path, value) in changes.sorted(by: { $0.key < $1.key }) {
            // What is no file of the configuration would be kept and never read: a misspelt name must not look like a change.
            // One that has got in all the same can be taken out.
            guard ConfigFolder.reads(path) || (value.isNull && files[path] != nil) else {
                throw NiangjiaError(
                    .invalid, zh: "\(path) 不是配置文件(请核对文件名)。",
                    en: "\(path) is no file of the configuration: check its name.",
                    place: "/files/" + JSONPointer.escaped(path))
            }
            files[path] = value.text.map { Array($0.utf8) }
        }
        return files
    }

    /// Proposes an earlier bundle again: it passes the same approval as any other change.
    private static func revert(_ call: Call) async throws {
        let earlier = try await call.host.bundles.entry(try call.arguments.text("bundle"))
        let files = try await call.host.bundles.bundle(digest: earlier.digest).files
        let entry = try await call.host.bundles.propose(
            files, by: try signedIn(call).id, policy: try call.arguments.optionalText("policy"), fromFolder: false)
        let words = LocalText(
            zh: "文件夹没有改动:批准之后用 niangjia config export --replace 写入,否则下次提交文件夹会改回来。",
            en:
                "The folder was left alone: after the approval niangjia config export --replace writes it there, or the folder's next proposal turns it back."
        )
        call.output.line(words[call.output.language])
        try await tell(entry, call)
    }

    private static func tellWarnings(_ report: ConfigReport, _ call: Call) {
        for problem in report.warnings {
            call.output.line(
                "\(problem.place) \(call.output.word("提醒", "warning:")) \(problem.text(call.output.language))")
        }
    }

    /// What is in force: digest and files.
    private static func show(_ call: Call) async throws {
        let bundle = try await call.host.bundles.active()
        let entry = try await call.host.bundles.entry(bundle.digest)
        let crypto = call.host.crypto
        let files = bundle.files.keys.sorted().map { path in
            (path, Hex.text(crypto.digest(bundle.files[path] ?? [])), bundle.files[path]?.count ?? 0)
        }
        call.output.line("生效中的配置 \(bundle.digest)", en: "in force: \(bundle.digest)")
        call.output.line(
            "  提交 \(entry.proposedBy)  批准 \(entry.decidedBy ?? "-")  文号 \(entry.policy ?? "-")",
            en:
                "  proposed by \(entry.proposedBy)  approved by \(entry.decidedBy ?? "-")  policy \(entry.policy ?? "-")"
        )
        call.output.table(
            ["文件", "摘要(SM3)", "字节"], en: ["file", "digest (SM3)", "bytes"],
            files.map { [$0.0, String($0.1.prefix(16)), "\($0.2)"] })
        let pins = try await call.host.store.read { try PluginPins.all(in: $0) }
        let plugins = bundle.plugins.values.sorted { $0.manifest.id < $1.manifest.id }.map { plugin in
            (plugin, pins.first { $0.digest == plugin.digest })
        }
        for (plugin, pin) in plugins {
            let words =
                pin.map { LocalText(zh: "\($0.approvedBy) 批准", en: "approved by \($0.approvedBy)") }
                ?? LocalText(zh: "未经批准(演示)", en: "not approved (demo)")
            call.output.line(
                "  \(plugin.manifest.id) \(plugin.manifest.version)  \(plugin.digest.prefix(16))  \(words[call.output.language])"
            )
        }
        guard case .map(var members) = entry.value(call.output.language) else { return }
        members["plugins"] = .list(
            plugins.map { plugin, pin in
                [
                    "plugin": .text(plugin.manifest.id), "version": .text(plugin.manifest.version),
                    "digest": .text(plugin.digest), "approved_by": pin.map { .text($0.approvedBy) } ?? .null,
                ]
            })
        members["files"] = .list(
            files.map { ["path": .text($0.0), "digest": .text($0.1), "bytes": .int(Int64($0.2))] })
        call.output.answer(.map(members))
    }

    /// What the folder, or a proposal, changes against what is in force; of the active bundle, what it changed itself.
    private static func difference(_ call: Call) async throws {
        let bundles = call.host.bundles
        var before = try await bundles.activeDigest()
        let (digest, files, plugins): (String, [String: [UInt8]], [String: Plugin])
        var mistakes: [ConfigProblem] = []
        if let prefix = try call.arguments.optionalText("bundle") {
            let entry = try await bundles.entry(prefix)
            if entry.digest == before { before = entry.parent }
            let bundle = try await bundles.bundle(digest: entry.digest)
            (digest, files, plugins) = (entry.digest, bundle.files, bundle.plugins)
        } else {
            files = try ConfigFolder.files(in: call.host.folder.path)
            digest = bundles.loader.digest(of: files)
            let loaded = bundles.loader.load(files: files)
            plugins = loaded.bundle?.plugins ?? [:]
            mistakes = loaded.report.errors
        }
        let old: [String: [UInt8]] = if let before { try await bundles.bundle(digest: before).files } else { [:] }
        let changes = try BundleDifference.changes(from: old, to: files, plugins: plugins)
        let old12 = before.map { String($0.prefix(12)) } ?? call.output.word("(无)", "(nothing)")
        call.output.line(
            "\(old12) → \(digest.prefix(12)):\(changes.count) 处不同",
            en: "\(old12) → \(digest.prefix(12)): \(changes.count) differences")
        changes.forEach { call.output.line("  " + $0.words[call.output.language]) }
        if !mistakes.isEmpty {
            // Read, but not as it was meant: whoever proposes it hears the same.
            call.output.foundWrong()
            call.output.line("配置有误,不能提交:", en: "It has mistakes and can't be proposed:")
            for mistake in mistakes { call.output.line("  \(mistake.place) \(mistake.text(call.output.language))") }
        } else if try call.arguments.optionalText("bundle") == nil, digest != before {
            call.output.line(
                "只提交这份内容:niangjia config propose \(digest)",
                en: "To propose this content and no other: niangjia config propose \(digest)")
        }
        call.output.answer([
            "errors": .list(
                mistakes.map { ["place": .text($0.place), "zh-CN": .text($0.text(.zh)), "en": .text($0.text(.en))] }),
            "from": before.map { .text($0) } ?? .null, "to": .text(digest),
            "changes": .list(changes.map { $0.value(call.output.language) }),
        ])
    }

    static func tell(_ entry: BundleEntry, _ call: Call) async throws {
        entry.summary.forEach { call.output.line("  " + $0[call.output.language]) }
        switch entry.state {
        case .active:
            call.output.line(
                "已生效(approval: demo):\(entry.digest.prefix(12))",
                en: "In force (approval: demo): \(entry.digest.prefix(12))")
        default:
            let missing = try await call.host.bundles.missingPreviews(of: entry)
            for command in missing.commands {
                call.output.line("批准之前须先试算:\(command)", en: "Before it is approved, preview it: \(command)")
            }
            if let first = missing.first { call.output.line(first.zh, en: first.en) }
            call.output.line(
                "已提交,待批准。另一人登录后运行:niangjia config approve \(entry.digest.prefix(12))",
                en: "Proposed. Another person signs in and runs: niangjia config approve \(entry.digest.prefix(12))")
        }
        call.output.answer(entry.value(call.output.language))
    }

    private static func log(_ call: Call) async throws {
        let state = try await call.host.bundles.look(at: call.host.folder)
        let (after, limit) = (try call.arguments.optionalText("after"), try call.arguments.limit())
        let log = try await call.host.bundles.log()
        let start = try after.map { after in
            guard let place = log.firstIndex(where: { $0.proposal == after }) else {
                throw NiangjiaError(
                    .invalid, zh: "after 须为某次提交的 proposal。", en: "after must be the proposal of one of them.",
                    place: "/after")
            }
            return place + 1
        }
        let entries = log.dropFirst(start ?? 0).prefix(limit)
        let language = call.output.language
        call.output.table(
            ["配置", "状态", "提交人", "提交时间", "批准人", "修改"],
            en: ["bundle", "state", "proposed by", "on", "approved by", "changes"],
            entries.map {
                [
                    String($0.digest.prefix(12)), $0.state.title[language], $0.proposedBy,
                    $0.proposedAt.date.description,
                    $0.decidedBy ?? "-", "\($0.summary.count)",
                ]
            })
        for entry in entries where entry.state == .proposed || entry.state == .approved {
            call.output.line(
                "\(entry.digest.prefix(12)) \(entry.state.title.zh),修改:",
                en: "\(entry.digest.prefix(12)) \(entry.state.title.en), it changes:")
            entry.summary.forEach { call.output.line("  " + $0[language]) }
        }
        if entries.contains(where: { $0.state == .stale }) {
            call.output.line(
                "“已过时”:提交之后另一版配置已生效,这一版不会再生效;仍然需要的修改请重新 niangjia config propose。",
                en:
                    "stale: another bundle came into force after it was proposed, and it never will; propose again what is still needed."
            )
        }
        call.output.line(
            "某一版的全部修改:niangjia config diff 配置;生效中的文件:niangjia config show",
            en: "All changes of one: niangjia config diff BUNDLE; the files in force: niangjia config show")
        if state.isBehind { call.output.line(FolderState.behind[language]) }
        if !state.errors.isEmpty {
            call.output.line(
                "配置文件夹有误,仍按生效中的配置运行:", en: "The folder has mistakes; what is in force goes on:")
            state.errors.forEach { call.output.line("  " + $0[language]) }
        }
        call.output.answer([
            "items": .list(entries.map { $0.value(language) }),
            "folder_is_active": .bool(state.isActive),
            "folder_is_behind": .bool(state.isBehind),
            "folder_errors": .list(state.errors.map { .text($0[language]) }),
        ])
    }
}
