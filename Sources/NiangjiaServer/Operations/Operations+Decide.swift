import NiangjiaConfig
import NiangjiaCore

extension Operations {
    static let decideOperations: [Operation] = [
        Operation("program.decide", .permission(.decide), judges: true, decide),
        Operation("program.status", .permission(.propose), setStatus),
        Operation("program.waiting", .permission(.seeCases), reach: .part, waitingList),
    ]

    private static func decide(_ call: Call) async throws {
        let date = try call.arguments.date("as_of")
        guard call.arguments.flag("all") else {
            let (program, bundle) = try await program(call)
            let form = try call.arguments.optionalText("form")
            return call.output.answer(try await decide(program, form, bundle, asOf: date, call))
        }
        // One after the other, each a run of its own; what stops one doesn't stop the others.
        let bundle = try await call.host.bundles.active()
        var answers: [Value] = []
        for (id, form) in try await call.host.corridor.openForms(on: date ?? call.host.clock.now().date) {
            guard let program = bundle.programs[id] else { continue }
            do {
                answers.append(try await decide(program, form, bundle, asOf: date, call))
            } catch let error as NiangjiaError {
                call.output.foundWrong()
                call.output.line("\(id)/\(form):\(error.message[call.output.language])")
                answers.append([
                    "program": .text(id), "form": .text(form), "error": .text(error.code.rawValue),
                    "message": .text(error.message[call.output.language]),
                ])
            }
        }
        call.output.answer(["programs": .list(answers)])
    }

    private static func decide(
        _ program: Program, _ form: String?, _ bundle: Bundle, asOf date: CivilDate?, _ call: Call
    ) async throws -> Value {
        let places = FailurePlaces(call.host.judge)
        let report = try await corridor(places, call.host).decide(
            program: program.id, form: form, asOf: date, by: try call.actor(.decide),
            goesBack: call.arguments.flag("earlier"), progress: progress(call))
        call.output.line(
            "正式核定 \(report.program)/\(report.form),按 \(report.asOf)(\(report.run))。此时尚未付款或发放。",
            en:
                "Decided \(report.program)/\(report.form) as of \(report.asOf) (\(report.run)). Nothing is paid or handed over yet."
        )
        if report.bundle != bundle.digest {
            call.output.line(
                "  接着做完的是先前开始的核定:沿用当时的配置 \(report.bundle.prefix(12)),之后批准的 \(bundle.digest.prefix(12)) 不影响它。",
                en:
                    "  This is a run that had begun before: it went on with its own bundle \(report.bundle.prefix(12)); \(bundle.digest.prefix(12)), approved since, doesn't concern it."
            )
        }
        tell(report.totals, reasons: report.totals.byReason, program, bundle, call)
        let rights = FactRights(account: try signedIn(call))
        // A run that had begun before may be of a form that is gone.
        let decided = try? call.host.corridor.formOfBatch(bundle, program: report.program, form: report.form)
        let isOpen = decided.map { rights.maySeeAll($0.form, of: $0.kind) } ?? rights.maySeeEverybody
        let failedAt = places.tell(isOpen ? .all : .many, call)
        if report.totals.failed > 0 { call.output.foundWrong() }
        if report.other.count > 0 {
            call.output.line(
                "  本季另已给 \(report.other.count) 份、\(report.other.amount) 元(其他日期或申请;同一人能否再享受,由规则的 unique 和 look 决定)",
                en:
                    "  given besides this season: \(report.other.count), \(report.other.amount) yuan (other days, or applications; whether the same person gets it again is for the rule's unique and look)"
            )
        }
        call.output.line(
            "  资金 \(report.fundBefore) 元 → \(report.fundAfter) 元(已预留)",
            en: "  funds \(report.fundBefore) → \(report.fundAfter) yuan (held)")
        var members = value(report.totals, program: report.program, asOf: report.asOf)
        members["form"] = .text(report.form)
        members["fund"] = fund(report.fundBefore, report.fundAfter)
        members["applied"] = .int(Int64(report.applied))
        members["already_decided"] = .int(Int64(report.totals.alreadyDecided))
        members["run"] = .text(report.run.text)
        members["failed_at"] = failedAt
        return .map(members)
    }

    static func corridor(_ judge: any RuleJudge, _ host: Host) -> Corridor {
        var corridor = host.corridor
        corridor.judge = judge
        return corridor
    }

    static func progress(_ call: Call, _ telling: Telling = .all) -> @Sendable (SweepProgress) -> Void {
        let output = call.output
        return { report in
            let served = report.totals.granted + report.totals.limited
            let isHidden = telling == .people || telling == .many && (1..<Suppression.least).contains(served)
            output.progress(
                report.phase == .judging
                    ? call.output.word("判定", "judging") : call.output.word("写入", "writing"), Int64(report.done),
                of: report.total.map { Int64($0) },
                note: isHidden
                    ? ""
                    : call.output.word(
                        "核准 \(served),金额 \(report.totals.amount) 元", "granted \(served), \(report.totals.amount) yuan"))
        }
    }

    /// Totals in words, with as many reasons as may be told.
    static func tell(
        _ totals: SweepTotals, told: TotalsTold = .all, reasons: [String: Int], _ program: Program, _ bundle: Bundle,
        _ call: Call
    ) {
        func count(_ result: Outcome.Result) -> String { told.words(result, totals) }
        call.output.line(
            "  范围 \(totals.considered) 人次:核准 \(count(.granted)),核减 \(count(.limited)),不符合条件 \(count(.refused)),转人工 \(count(.review)),候补 \(count(.waitlisted)),待补正 \(count(.incomplete))",
            en:
                "  in scope \(totals.considered): granted \(count(.granted)), limited \(count(.limited)), not eligible \(count(.refused)), for a person \(count(.review)), waiting \(count(.waitlisted)), incomplete \(count(.incomplete))"
        )
        if totals.failed > 0 {
            call.output.line(
                "  规则出错 \(count(.failed))(不是拒绝,查明后再核定)",
                en: "  the rule failed for \(count(.failed)) (no refusals: find out why, then decide again)")
        }
        if totals.alreadyDecided > 0 {
            call.output.line(
                "  此前已核定 \(totals.alreadyDecided)", en: "  decided already \(totals.alreadyDecided)")
        }
        if told.hidesAny {
            call.output.line(
                "  不足 \(Suppression.least) 人的结果和由它能算出的数不显示:须有权查看每一项资料。",
                en:
                    "  Outcomes of fewer than \(Suppression.least) people, and what would give them away, are for whoever may see each of their facts."
            )
        }
        if !told.hidesMoney {
            call.output.line("  金额 \(totals.amount) 元", en: "  amount \(totals.amount) yuan")
        }
        let manifest = bundle.plugins[program.plugin]?.manifest
        for (code, count) in reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            let words = ReasonText.general(code, plugin: manifest, stacking: bundle.stacking)[call.output.language]
            call.output.line("    \(code) \(count)  \(words)")
        }
    }

    static func value(_ totals: SweepTotals, program: String, asOf: CivilDate) -> [String: Value] {
        [
            "program": .text(program), "as_of": .text(asOf.description), "considered": .int(Int64(totals.considered)),
            "granted": .int(Int64(totals.granted)), "limited": .int(Int64(totals.limited)),
            "refused": .int(Int64(totals.refused)), "review": .int(Int64(totals.review)),
            "waitlisted": .int(Int64(totals.waitlisted)), "incomplete": .int(Int64(totals.incomplete)),
            "failed": .int(Int64(totals.failed)), "amount_fen": .int(totals.amount.fen),
            "by_reason": .map(totals.byReason.mapValues { .int(Int64($0)) }),
        ]
    }

    static func fund(_ before: Money, _ after: Money) -> Value {
        ["before_fen": .int(before.fen), "after_fen": .int(after.fen)]
    }

    /// Changes the one word `status` of what is in force, keeping everything else in it, and proposes that: what else the folder
    /// holds is somebody's unfinished edit, and never goes along unseen (decision 0009).
    private static func setStatus(_ call: Call) async throws {
        let (program, bundle) = try await program(call)
        let (path, status) = ("config/programs/\(program.id).yaml", try call.arguments.text("status"))
        guard let active = bundle.files[path] else {
            throw NiangjiaError(.notFound, zh: "没有文件 \(path)。", en: "There is no file \(path).", place: path)
        }
        let text = try YAMLEdit.setScalar(
            in: String(decoding: active, as: UTF8.self), path: "status", to: status, file: path)
        let changed = Array(text.utf8)
        let inFolder = try ConfigFolder.files(in: call.host.folder.path)[path]
        // Proposed first: what the validator refuses never reaches the folder.
        let entry = try await call.host.bundles.propose(
            bundle.files.merging([path: changed]) { _, new in new }, by: try signedIn(call).id,
            fromFolder: inFolder == active || inFolder == changed)
        if inFolder == active {
            try call.host.folder.writeConfiguration(path, changed)
        } else if inFolder != changed {
            let words = LocalText(
                zh: "文件夹中的 \(path) 另有未生效的修改,没有改动它:请在其中也写上 status: \(status),否则下次提交文件夹会改回来。",
                en:
                    "\(path) in the folder holds other changes and was left alone: write status: \(status) there too, or the next proposal of the folder turns it back."
            )
            call.output.line(words[call.output.language])
        }
        try await tell(entry, call)
    }
}
