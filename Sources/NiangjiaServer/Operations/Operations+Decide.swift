import NiangjiaConfig
import NiangjiaCore

extension Operations {
    static let decideOperations: [Operation] = [
        Operation("program.preview", .permission(.preview), preview),
        Operation("program.decide", .permission(.decide), decide),
        Operation("program.status", .permission(.propose), setStatus),
        Operation("program.cancel", .permission(.decide)) { call in
            let run = try call.arguments.id("run", Run.self)
            try await call.host.corridor.cancel(run: run, by: try call.actor(.decide))
            call.output.line("已取消 \(run)。此前已写入的核定仍然有效;再次 decide 从头开始。")
            call.output.answer(["run": .text(run.text), "state": "cancelled"])
        },
    ]

    private static func preview(_ call: Call) async throws {
        let host = call.host
        let isProposed = call.arguments.flag("proposed")
        let files = try ConfigFolder.files(in: host.folder.path)
        let differs = try await host.bundles.activeDigest() != host.bundles.loader.digest(of: files)
        let given = isProposed ? try await proposed(files, call) : nil
        let (program, bundle) = try await program(call, in: given)
        let places = FailurePlaces(host.judge)
        let report = try await corridor(places, host).preview(
            program: program.id, form: try call.arguments.optionalText("form"), asOf: try call.arguments.date("as_of"),
            bundle: given, progress: progress(call))
        call.output.line(
            "试算 \(report.program)/\(report.form),按 \(report.asOf)\(isProposed ? ",按文件夹中的内容(未必已批准)" : "")。什么都没有写入。")
        if differs, !isProposed {
            call.output.line("  注意:文件夹中的配置与生效中的不同,这里按生效中的试算;试算文件夹中的内容请加 --proposed。")
        }
        tell(report.totals, program, bundle, call)
        places.tell(call)
        call.output.line("  资金 \(report.fundBefore) 元 → \(report.fundAfter) 元")
        var members = value(report.totals, program: report.program, asOf: report.asOf)
        members["form"] = .text(report.form)
        members["fund"] = fund(report.fundBefore, report.fundAfter)
        members["content_hash"] = .text(report.contentHash)
        members["folder_differs"] = .bool(differs)
        members["proposed"] = .bool(isProposed)
        members["failed_at"] = places.value
        // A part of the city with fewer than five people would tell about single ones.
        members["by_organization"] = .map(
            report.byOrganization.filter { $0.value.considered >= 5 }
                .mapValues { ["considered": .int(Int64($0.considered)), "amount_fen": .int($0.amount.fen)] })
        call.output.answer(.map(members))
    }

    private static func decide(_ call: Call) async throws {
        let (program, bundle) = try await program(call)
        let places = FailurePlaces(call.host.judge)
        let report = try await corridor(places, call.host).decide(
            program: program.id, form: try call.arguments.optionalText("form"), asOf: try call.arguments.date("as_of"),
            by: try call.actor(.decide), progress: progress(call))
        call.output.line("正式核定 \(report.program)/\(report.form),按 \(report.asOf)(\(report.run))。此时尚未付款或发放。")
        tell(report.totals, program, bundle, call)
        places.tell(call)
        if report.totals.failed > 0 { call.output.foundWrong() }
        call.output.line("  资金 \(report.fundBefore) 元 → \(report.fundAfter) 元(已预留)")
        var members = value(report.totals, program: report.program, asOf: report.asOf)
        members["form"] = .text(report.form)
        members["fund"] = fund(report.fundBefore, report.fundAfter)
        members["applied"] = .int(Int64(report.applied))
        members["already_decided"] = .int(Int64(report.totals.alreadyDecided))
        members["run"] = .text(report.run.text)
        members["failed_at"] = places.value
        call.output.answer(.map(members))
    }

    /// The folder's content as a bundle: valid, but not in force.
    private static func proposed(_ files: [String: [UInt8]], _ call: Call) async throws -> Bundle {
        let reading = try await call.host.bundles.read(files)
        guard var bundle = reading.bundle, reading.report.isUsable else {
            throw reading.report.error
                ?? NiangjiaError(.configuration, zh: "配置有误。", en: "The configuration has mistakes.")
        }
        bundle.digest = call.host.bundles.loader.digest(of: files)
        return bundle
    }

    private static func corridor(_ judge: any RuleJudge, _ host: Host) -> Corridor {
        Corridor(
            store: host.store, judge: judge, clock: host.clock, ids: host.ids, crypto: host.crypto,
            bundles: host.bundles)
    }

    private static func progress(_ call: Call) -> @Sendable (SweepProgress) -> Void {
        let output = call.output
        return { report in
            output.progress(
                report.phase == .judging ? "判定" : "写入", Int64(report.done), of: report.total.map { Int64($0) })
        }
    }

    private static func tell(_ totals: SweepTotals, _ program: Program, _ bundle: Bundle, _ call: Call) {
        call.output.line(
            "  范围 \(totals.considered) 人次:核准 \(totals.granted),核减 \(totals.limited),不符合条件 \(totals.refused),转人工 \(totals.review),候补 \(totals.waitlisted),待补正 \(totals.incomplete)"
        )
        if totals.failed > 0 { call.output.line("  规则出错 \(totals.failed)(不是拒绝,查明后再核定)") }
        if totals.alreadyDecided > 0 { call.output.line("  此前已核定 \(totals.alreadyDecided)") }
        call.output.line("  金额 \(totals.amount) 元")
        let manifest = bundle.plugins[program.plugin]?.manifest
        for (code, count) in totals.byReason.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            let words = ReasonText.general(code, plugin: manifest, stacking: bundle.stacking).zh
            call.output.line("    \(code) \(count)  \(words)")
        }
    }

    private static func value(_ totals: SweepTotals, program: String, asOf: CivilDate) -> [String: Value] {
        [
            "program": .text(program), "as_of": .text(asOf.description), "considered": .int(Int64(totals.considered)),
            "granted": .int(Int64(totals.granted)), "limited": .int(Int64(totals.limited)),
            "refused": .int(Int64(totals.refused)), "review": .int(Int64(totals.review)),
            "waitlisted": .int(Int64(totals.waitlisted)), "incomplete": .int(Int64(totals.incomplete)),
            "failed": .int(Int64(totals.failed)), "amount_fen": .int(totals.amount.fen),
            "by_reason": .map(totals.byReason.mapValues { .int(Int64($0)) }),
        ]
    }

    private static func fund(_ before: Money, _ after: Money) -> Value {
        ["before_fen": .int(before.fen), "after_fen": .int(after.fen)]
    }

    /// Changes the one word `status` in the program's file, keeping everything else in it, and proposes that.
    private static func setStatus(_ call: Call) async throws {
        let (program, _) = try await program(call)
        let path = "config/programs/\(program.id).yaml"
        var files = try ConfigFolder.files(in: call.host.folder.path)
        guard let bytes = files[path] else {
            throw NiangjiaError(.notFound, zh: "没有文件 \(path)。", en: "There is no file \(path).", place: path)
        }
        let text = try YAMLEdit.setScalar(
            in: String(decoding: bytes, as: UTF8.self), path: "status", to: try call.arguments.text("status"),
            file: path)
        files[path] = Array(text.utf8)
        // Proposed first: what the validator refuses never reaches the folder.
        let entry = try await call.host.bundles.propose(files, by: try signedIn(call).id)
        try call.host.folder.writeConfiguration(path, Array(text.utf8))
        tell(entry, call)
    }
}
