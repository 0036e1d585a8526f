import Foundation
import LuaSandbox
import NiangjiaCore
import NiangjiaCrypto
import NiangjiaPlugins
import NiangjiaSQLite
import NiangjiaTesting

/// An amount that was wrong for everybody is corrected, killed at every step of it: proposing, approving, each part that is booked,
/// and paying the supplements. However often it is killed, each line has one effect: paid too little is made up once, paid too much is
/// claimed once, unpaid is changed in its place.
struct CorrectionCampaign: Sendable {
    /// Each moment is killed so often.
    var kills: Int
    var people = 450
    var seed: UInt64
    var probe: String

    /// Parts of a hundred lines are booked one after the other; the last moments are those of paying.
    private var moments: [String] {
        let parts = (1...(people / 100)).map { "booked \($0)" }
        return ["begin propose", "done propose", "begin approve"] + parts + ["done approve", "begin pay", "done pay"]
    }

    func run() async throws -> Findings {
        var findings = Findings("A correction, kill -9 at every step", seed: seed)
        var dice = Dice(seed: seed)
        var (killed, missed) = (0, 0)
        var effects: [String: Int] = [:]
        for _ in 0..<kills {
            for moment in moments {
                let folder = try TemporaryFolder()
                let city = try CorrectionCity(folder: folder.path, people: people)
                try await city.found()
                try await city.close()
                let wasKilled = try correct(folder.path, killAt: moment, after: UInt32(dice.below(4_000)), &findings)
                killed += wasKilled ? 1 : 0
                missed += wasKilled ? 0 : 1
                _ = try correct(folder.path, killAt: nil, after: 0, &findings)
                // A last time: nothing is left to do.
                _ = try correct(folder.path, killAt: nil, after: 0, &findings)
                try await check(folder.path, moment, &effects, &findings)
                guard findings.faults.isEmpty else { return findings }
            }
        }
        findings.add("moments", moments.joined(separator: ", "))
        findings.add("killed with SIGKILL", killed)
        findings.add("ended before the kill", missed)
        for (name, count) in effects.sorted(by: { $0.key < $1.key }) { findings.add(name, count) }
        return findings
    }

    private func correct(
        _ folder: String, killAt moment: String?, after delay: UInt32, _ findings: inout Findings
    ) throws -> Bool {
        let child = try KilledChild(executable: probe, arguments: ["child-correct", folder, String(people)])
        var lines: [String] = []
        var isKilled = false
        while !isKilled, case let more = child.lines(atLeast: 1), !more.isEmpty {
            lines += more
            guard let moment, lines.contains(moment) else { continue }
            usleep(delay)
            isKilled = child.isRunning
            lines += child.kill()
        }
        for line in lines where line.hasPrefix("fault") { findings.require(false, line) }
        findings.require(isKilled || lines.last == "end", "it didn't come to its end: \(lines.last ?? "")")
        return isKilled
    }

    /// What every person stands at and was paid, against what the right settings give.
    private func check(
        _ folder: String, _ moment: String, _ effects: inout [String: Int], _ findings: inout Findings
    ) async throws {
        let city = try CorrectionCity(folder: folder, people: people)
        let (rows, twice, open) = try await city.store.read { reader in
            (
                try reader.all(
                    """
                    SELECT e.payee, sum(e.amount - e.claimed), sum(e.claimed), count(*),
                    (SELECT sum(p.amount) FROM payment p JOIN unfolded_entitlement x ON x.id = p.entitlement
                    WHERE x.payee = e.payee AND p.state = 'paid')
                    FROM entitlement e WHERE e.state <> 'released' GROUP BY e.payee
                    """
                ) { (person: Int($0.int(0)), stands: $0.int(1), claimed: $0.int(2), rows: $0.int(3), paid: $0.int(4)) },
                try reader.integer(
                    """
                    SELECT count(*) FROM (SELECT 1 FROM payment WHERE state = 'paid'
                    GROUP BY entitlement, ordinal, revision HAVING count(*) > 1)
                    """) ?? 0,
                try reader.integer("SELECT count(*) FROM correction_line WHERE state <> 'booked'") ?? 0
            )
        }
        findings.require(rows.count == people, "\(moment): \(rows.count) people of \(people)")
        findings.require(twice == 0, "\(moment): \(twice) revisions were paid twice")
        findings.require(open == 0, "\(moment): \(open) lines of the correction are not booked")
        for row in rows {
            let (right, wrong) = CorrectionCity.isOutdoor(row.person) ? (6_000, 5_000) : (3_000, 4_000)
            let wasPaid = row.person <= people - CorrectionCity.unpaid
            let paid = Int64(wasPaid ? max(right, wrong) : right)
            findings.require(row.stands == Int64(right), "\(moment): person \(row.person) stands at \(row.stands)")
            findings.require(row.paid == paid, "\(moment): person \(row.person) was paid \(row.paid), not \(paid)")
            findings.require(row.claimed == paid - Int64(right), "\(moment): \(row.claimed) claimed of \(row.person)")
            let effect = !wasPaid ? "changed before payment" : right > wrong ? "made up (补发)" : "claimed (追回)"
            effects[effect, default: 0] += 1
        }
        for fault in try await city.faults() { findings.require(false, "\(moment): \(fault)") }
        try await city.close()
    }
}

/// A city that pays heat allowances to everybody, two of three of whom work outdoors, under settings that turn out wrong. Several
/// processes use it one after the other.
struct CorrectionCity: Sendable {
    static let program = "heat"
    /// Whom no batch had paid when the mistake was found.
    static let unpaid = 60
    private static let clock = FixedClock(Instant(CivilDate(days: 20_650), minutes: 600))

    let store: SQLiteStore
    let people: Int
    private let crypto: SoftwareCrypto
    private let ids: IDSource
    private let pool: WorkerPool

    init(folder: String, people: Int) throws {
        let books = try SoakBooks(folder: folder)
        (store, crypto, ids) = (books.store, books.crypto, books.ids)
        self.people = people
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let worker = URL(fileURLWithPath: own).deletingLastPathComponent().path + "/niangjia-worker"
        pool = WorkerPool(configuration: PoolConfiguration(launcher: WorkerLauncher(executable: worker)))
    }

    func close() async throws {
        pool.shutdown()
        try await store.close()
    }

    static func isOutdoor(_ person: Int) -> Bool { person % 3 != 0 }

    /// The city as it is under the wrong settings: everybody decided, all but the last paid.
    func found() async throws {
        let people = people
        try await write("office") { context, writer in
            try Ledger.open(
                FundLine(
                    id: "heat-2026", year: 2026, source: "fiscal", purpose: "heat", amount: Money(fen: 100_000_000)),
                context, in: writer)
            let rows = (1...people).flatMap { n -> [SQLValue] in
                [
                    .int(Int64(n)), .int(1), .int(0), .int(0), .text("样例\(n)"), .text("incomplete"),
                    .text(CorrectionCity.isOutdoor(n) ? "outdoor" : "high_temp_indoor"),
                ]
            }
            try writer.insert(
                into: "person",
                columns: ["id", "revision", "valid_from", "recorded_at", "name", "id_type", "exposure"], values: rows)
        }
        _ = try await corridor(outdoor: 50, indoor: 40).decide(
            program: CorrectionCity.program, by: Actor(account: "office", role: "program_admin"))
        let chosen = try await store.read { reader in
            try reader.all(
                "SELECT id FROM entitlement WHERE payee <= $1 ORDER BY id",
                [.int(Int64(people - CorrectionCity.unpaid))]
            ) { $0.id(0, Entitlement.self) }
        }
        try await pay(chosen)
    }

    /// Goes on from wherever the books are: proposes what differs from the right settings, has it approved, pays what is due.
    func correct() async throws {
        let corridor = corridor(outdoor: 60, indoor: 30)
        let corrections = try await store.read {
            try Corrections.list(program: CorrectionCity.program, limit: 10, in: $0)
        }
        if corrections.isEmpty {
            say("begin propose")
            let draft = try await corridor.correction(program: CorrectionCity.program)
            for _ in 1...2 {
                try await write("office") { _ = try Corrections.propose(draft, reason: "标准录错", $0, in: $1) }
            }
            say("done propose")
        }
        let all = try await store.read { try Corrections.list(program: CorrectionCity.program, limit: 10, in: $0) }
        if all.count != 1 { say("fault: \(all.count) corrections") }
        if let one = all.first, one.state != .booked {
            say("begin approve")
            for _ in 1...2 {
                _ = try await corridor.approve(one.id, by: Actor(account: "payer", role: "payer")) { done, _ in
                    say("booked \(done / 100)")
                }
            }
            say("done approve")
        }
        let again = try await corridor.correction(program: CorrectionCity.program)
        if !again.lines.isEmpty { say("fault: \(again.lines.count) lines differ after the correction") }
        say("begin pay")
        try await pay(nil)
        say("done pay")
    }

    /// Pays these, or all that wait, going on with a batch that a killed process has left.
    private func pay(_ chosen: [ID<Entitlement>]?) async throws {
        while true {
            let open = try await store.read { reader in
                try reader.first("SELECT id, state FROM pay_batch WHERE state NOT IN ('settled', 'void')") {
                    (id: $0.id(0, PayBatch.self), state: PayBatch.State(rawValue: $0.text(1)) ?? .void)
                }
            }
            switch open?.state {
            case nil:
                let waiting = try await store.read {
                    try $0.integer("SELECT count(*) FROM entitlement WHERE state = 'approved'") ?? 0
                }
                guard waiting > (chosen == nil ? 0 : Int64(CorrectionCity.unpaid)) else { return }
                try await write("treasurer") {
                    _ = try Batches.build(
                        program: CorrectionCity.program, only: chosen, remark: "津贴",
                        accountOf: { payee, _ in
                            BankAccount(number: "62000000\(10_000_000 + (payee.id ?? 0))", holder: "样例\(payee.id ?? 0)")
                        }, $0, in: $1)
                }
            case .built?:
                try await write("treasurer") { context, writer in
                    guard let open else { return }
                    _ = try Batches.check(open.id, luhn: { _ in true }, context, in: writer)
                }
            case .checked?: try await write("payer") { if let open { try Batches.approve(open.id, $0, in: $1) } }
            case .approved?:
                try await write("second") { if let open { _ = try Batches.export(open.id, $0, in: $1) } }
            default:
                try await write("treasurer") { context, writer in
                    guard let open else { return }
                    let sent = try Batches.lines(of: open.id, in: writer, context.crypto)
                    let paid = sent.lines.map {
                        BankResult(n: $0.n, account: $0.account.number, amount: $0.amount, isPaid: true)
                    }
                    _ = try Batches.result(open.id, paid, context, in: writer)
                }
            }
        }
    }

    /// Books, chain and commitments against each other; what is wrong, in words.
    func faults() async throws -> [String] {
        let crypto = crypto
        return try await store.read { try Audit.verify(in: $0, crypto: crypto).faults.map(\.en) }
    }

    private func write(
        _ actor: String, _ body: @escaping @Sendable (ChangeContext, any StoreWriter) throws -> Void
    ) async throws {
        let context = ChangeContext(now: CorrectionCity.clock.now(), actor: actor, ids: ids, crypto: crypto)
        try await store.write(.interactive) { try body(context, $0) }
    }

    // MARK: the program

    private func corridor(outdoor: Int64, indoor: Int64) -> Corridor {
        Corridor(
            store: store, judge: LuaJudge(pool: pool), clock: CorrectionCity.clock, ids: ids, crypto: crypto,
            bundles: Bundles(
                inForce: CorrectionCity.bundle(outdoor: outdoor, indoor: indoor),
                known: [CorrectionCity.bundle(outdoor: 50, indoor: 40), CorrectionCity.bundle(outdoor: 60, indoor: 30)])
        )
    }

    private struct Bundles: BundleSource {
        let inForce: NiangjiaCore.Bundle
        let known: [NiangjiaCore.Bundle]
        func active() async throws -> NiangjiaCore.Bundle { inForce }
        func bundle(digest: String) async throws -> NiangjiaCore.Bundle {
            guard let found = known.first(where: { $0.digest == digest }) else {
                throw NiangjiaError(.notFound, zh: "没有方案", en: "no such bundle")
            }
            return found
        }
    }

    /// Allowances in yuan, by what people do.
    private static func bundle(outdoor: Int64, indoor: Int64) -> NiangjiaCore.Bundle {
        var manifest = Manifest(id: "heat", version: "1.0.0", api: 1, title: LocalText(zh: "高温津贴", en: "Heat pay"))
        manifest.settings = [Field("outdoor", .money), Field("indoor", .money)]
        var form = FormDefinition(name: "pay")
        form.by = ["batch"]
        form.population = Population(of: "persons")
        form.facts = FactRequest(
            subject: ["exposure"], household: [], look: [LookDefinition(name: "before", source: .decisions)])
        form.gives.kind = ["": .money]
        form.gives.to = ["": "subject"]
        form.gives.when = ["": "approved"]
        manifest.forms = ["pay": form]
        manifest.reasons = ["TWICE": ReasonDefinition(text: LocalText(zh: "已领", en: "had it"))]
        let source = """
            function program.assess.pay(facts, settings)
              if facts.look.before.count > 0 then return refuse("TWICE") end
              return grant(facts.subject.exposure == "outdoor" and settings.outdoor or settings.indoor)
            end
            """
        var program = Program(
            id: CorrectionCity.program, plugin: "heat", organization: "990100", series: "heat",
            season: DateRange(from: CivilDate(days: 20_605), to: CivilDate(days: 20_700)))
        program.base.funding = [Funding(line: "heat-2026")]
        program.base.pay.eachMax = Money(fen: 100_000)
        program.base.short = .refuse
        program.base.settings = ["outdoor": .int(outdoor * 100), "indoor": .int(indoor * 100)]
        var bundle = NiangjiaCore.Bundle(
            digest: "\(outdoor)/\(indoor)",
            city: CitySettings(name: LocalText(zh: "示例市", en: "Example"), organization: "990100"))
        bundle.programs = [CorrectionCity.program: program]
        bundle.plugins = ["heat": Plugin(manifest: manifest, source: Array(source.utf8), digest: "heat")]
        return bundle
    }
}
