import Foundation
import NiangjiaCore

/// The process that is killed: `child-life FOLDER ROUND PEOPLE`. It looks at the store, does what comes next, does it a second
/// time as an impatient clerk would (which must be refused), and goes on until everybody is paid.
struct LifeChild {
    let books: SoakBooks
    let round: Int
    let people: Int
    var program: String { "p\(round)" }

    init(_ folder: String, round: Int, people: Int) throws {
        books = try SoakBooks(folder: folder)
        self.round = round
        self.people = people
    }

    func run() async throws {
        while try await next() {}
        try await books.store.close()
        say("end")
    }

    private struct Situation: Sendable {
        var entitlements: [Entitlement.State: [ID<Entitlement>]] = [:]
        var first: Entitlement?
        var batch: (id: ID<PayBatch>, state: PayBatch.State)?
    }

    private func look() async throws -> Situation {
        let program = program
        return try await books.store.read { reader in
            var now = Situation()
            try reader.forEach("SELECT id, state FROM entitlement WHERE program = $1 ORDER BY id", [.text(program)]) {
                row in
                let id = row.id(0, Entitlement.self)
                if now.first == nil { now.first = try Entitlements.load(id, in: reader) }
                if let state = Entitlement.State(rawValue: row.text(1)) {
                    now.entitlements[state, default: []].append(id)
                }
                return true
            }
            let open = "SELECT id, state FROM pay_batch WHERE program = $1 AND state NOT IN ('settled', 'void')"
            now.batch = try reader.first(open, [.text(program)]) { row in
                (row.id(0), PayBatch.State(rawValue: row.text(1)) ?? .void)
            }
            return now
        }
    }

    /// One step; false when there is none left.
    private func next() async throws -> Bool {
        let now = try await look()
        if now.first == nil {
            try await step("hold") { _ = try Entitlements.hold(grants($0), about: program, $0, in: $1) }
        } else if let held = now.entitlements[.held] {
            try await step("approve") { try Entitlements.approve(held, about: program, $0, in: $1) }
        } else if let first = now.first, first.revision == 1, first.state == .approved, now.batch == nil {
            try await step("correct", again: false) {
                try Entitlements.clawBack(
                    first.id, keeping: Money(fen: first.amount.fen / 2), reason: "CORRECTED", about: program, $0, in: $1
                )
            }
        } else if let batch = now.batch {
            try await bank(batch.id, batch.state)
        } else if let failed = now.entitlements[.failed] {
            try await step("reissue") { context, writer in
                for id in failed {
                    let last = try Payments.of(id, in: writer).last
                    if let last { _ = try Batches.reissue(last.id, reason: "换卡", context, in: writer) }
                }
            }
        } else if let approved = now.entitlements[.approved] {
            try await step("build", as: "payer") { context, writer in
                _ = try Batches.build(
                    program: program, only: approved, remark: "soak",
                    accountOf: { payee, _ in LifeChild.account(payee) },
                    context, in: writer)
            }
        } else {
            return false
        }
        return true
    }

    private func bank(_ id: ID<PayBatch>, _ state: PayBatch.State) async throws {
        switch state {
        case .built:
            try await step("check", as: "payer", again: false) {
                _ = try Batches.check(id, luhn: { _ in true }, $0, in: $1)
            }
        case .checked: try await step("second", as: "second") { try Batches.approve(id, $0, in: $1) }
        case .approved: try await step("export", as: "payer") { _ = try Batches.export(id, $0, in: $1) }
        default:
            let results = try await send(id)
            // The same answer of the bank a second time changes nothing.
            try await step("result", again: false) { _ = try Batches.result(id, results, $0, in: $1) }
            try await books.write { _ = try Batches.result(id, results, $0, in: $1) }
        }
    }

    /// Puts the file into the bank's hands, and answers what the bank will say: every third first attempt fails.
    private func send(_ id: ID<PayBatch>) async throws -> [BankResult] {
        say("begin send")
        let crypto = books.crypto
        let lines = try await books.store.read { reader in
            try Batches.lines(of: id, in: reader, crypto).lines.map { ($0, try Payments.load($0.payment, in: reader)) }
        }
        let results = lines.map { line, payment in
            BankResult(
                n: line.n, account: line.account.number, amount: line.amount,
                isPaid: payment.attempt > 1 || payment.entitlement.rawValue % 3 != 0, message: "")
        }
        for ((line, payment), result) in zip(lines, results) {
            say(
                "line \(line.payment) \(payment.entitlement) \(line.amount.fen) \(result.isPaid == true ? "pays" : "fails")"
            )
        }
        say("sent \(id)")
        say("done send")
        return results
    }

    private func step(
        _ name: String, as actor: String = "treasurer", again: Bool = true,
        _ body: @escaping @Sendable (ChangeContext, any StoreWriter) throws -> Void
    ) async throws {
        say("begin \(name)")
        try await books.write(as: actor, .interactive, body)
        say("done \(name)")
        guard again else { return }
        do {
            try await books.write(as: actor, .interactive, body)
            say("fault: \(name) was done twice")
        } catch let error as NiangjiaError where error.code == .conflict {}
    }

    /// The grants of this round; their decisions are the same however often they are made.
    private func grants(_ context: ChangeContext) -> [NewEntitlement] {
        (0..<people).map { n in
            NewEntitlement(
                decision: ID(rawValue: Int64(round * 1_000 + n + 1)), caseID: nil, kind: .money,
                payee: .person(ID(rawValue: Int64(n + 1))),
                shares: [.init(line: "fund", amount: Money(fen: Int64(5_000 + n)))],
                program: program, series: program, on: context.today)
        }
    }

    private static func account(_ payee: Entitlement.Payee) -> BankAccount {
        BankAccount(number: "990100\(1_000_000 + (payee.id ?? 0))", holder: "示例\(payee.id ?? 0)")
    }
}
