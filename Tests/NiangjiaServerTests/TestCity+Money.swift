import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// A batch that the bank has.
struct SentBatch: Sendable {
    let id: ID<PayBatch>
    let lines: [BankLine]

    /// For operations.
    var argument: Value { ["batch": .text(id.text)] }
}

/// Money in a test's city: who pays, what is to be paid, what the bank says.
extension TestCity {
    /// The two people whom every payment needs.
    func addTreasury() async throws {
        try await add("treasurer", .treasurer)
        try await add("payer", .payer)
    }

    /// Imports unions and suppliers; all of them are new.
    func addUnions(_ titles: String, _ rows: [String]) async throws {
        let file = try write([titles] + rows, "unions.csv")
        let taken = try await run("register.import", ["kind": "organization", "file": .text(file)], as: "office")
        #expect(taken.answer?["new"].int == Int64(rows.count), "\(taken.lines)")
    }

    /// Writes a file of lines; returns its path.
    func write(_ rows: [String], _ name: String) throws -> String {
        let path = temporary.file(name)
        try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Approved entitlements of 500 yuan of tuition aid for people of the demo city, all of whom have bank cards; brings a treasury.
    func entitle(_ count: Int) async throws -> [Entitlement] {
        try await importPeople()
        try await addTreasury()
        return try await grant(count)
    }

    /// The same where the people and the treasury are there.
    @discardableResult
    func grant(_ count: Int) async throws -> [Entitlement] {
        let context = host.context("test")
        return try await host.store.write(.interactive) { writer in
            let people = try writer.all(
                "SELECT id FROM person WHERE card_sealed IS NOT NULL ORDER BY id LIMIT \(count)", []
            ) { $0.id(0, Person.self) }
            let new = people.map { person in
                NewEntitlement(
                    decision: context.ids.next(), caseID: nil, kind: .money, payee: .person(person),
                    shares: [Outcome.Split(line: "tuition-2026", amount: Money(fen: 50_000))], program: "tuition-2026",
                    series: "tuition", on: context.today)
            }
            let ids = try Entitlements.hold(new, about: "test", context, in: writer)
            try Entitlements.approve(ids, about: "test", context, in: writer)
            return try ids.map { try Entitlements.load($0, in: writer) }
        }
    }

    /// Has a batch that was built approved and exported.
    func send(_ built: Value?) async throws -> SentBatch {
        let batch: Value = ["batch": built?["batch"] ?? .null]
        _ = try await run("batch.approve", batch, as: "payer")
        _ = try await run("batch.export", batch, as: "payer")
        let id = try #require(batch["batch"].text.flatMap { ID<PayBatch>($0) })
        let crypto = host.crypto
        return SentBatch(id: id, lines: try await host.store.read { try Batches.lines(of: id, in: $0, crypto).lines })
    }

    /// Builds what a program or a flow has to pay, has it approved and exported.
    func send(_ program: String) async throws -> SentBatch {
        try await send(run("batch.build", ["program": .text(program)], as: "treasurer").answer)
    }

    /// The bank's file about a batch: `say` gives code and words for a line (`00|成功`), nil leaves it out. Behind them the bank says
    /// which batch it answers, which the template doesn't read.
    func answerFile(
        _ batch: SentBatch, holder: String? = nil, _ say: (BankLine) -> String? = { _ in "00|成功" }
    ) throws -> String {
        let lines = batch.lines.compactMap { line in
            say(line).map {
                "\(line.n)|\(line.account.number)|\(holder ?? line.account.holder)|\(line.amount.yuan)|\($0)|\(batch.id)\r\n"
            }
        }
        let file = temporary.file("answer-\(batch.id).txt")
        try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// The treasurer enters the bank's answer.
    @discardableResult
    func answer(
        _ batch: SentBatch, holder: String? = nil, _ say: (BankLine) -> String? = { _ in "00|成功" }
    ) async throws -> CollectingSink {
        let file = try answerFile(batch, holder: holder, say)
        return try await run("batch.result", ["batch": .text(batch.id.text), "file": .text(file)], as: "treasurer")
    }

    /// Pays all that a program or a flow has to pay.
    @discardableResult
    func pay(_ program: String) async throws -> [BankLine] {
        let batch = try await send(program)
        let result = try await answer(batch)
        #expect(result.answer?["paid"].int == Int64(batch.lines.count))
        return batch.lines
    }

    /// What a stage of a line holds, in fen.
    func balance(_ line: String, _ stage: AccountCode.Stage = .available) async throws -> Int64 {
        try await host.store.read { try Ledger.balance(of: .line(line, stage), in: $0).fen }
    }

    /// Holds money of a line, like what has been granted from it.
    func spend(_ fen: Int64, of line: String) async throws {
        let context = host.context("test")
        try await host.store.write(.interactive) { writer in
            let organization = try Lookup.organization("990101", in: writer)
            let new = NewEntitlement(
                decision: context.ids.next(), caseID: nil, kind: .money, payee: .organization(organization),
                shares: [Outcome.Split(line: line, amount: Money(fen: fen))], program: "tuition-2026",
                series: "tuition", on: context.today)
            _ = try Entitlements.hold([new], about: "test", context, in: writer)
        }
    }

    /// Budget execution, sources and uses, and balances say the same of every line, to the fen.
    func expectReportsAgree(year: Int64 = 2026) async throws {
        func rows(_ kind: String) async throws -> [Value] {
            let report = try await run("fund.report", ["kind": .text(kind), "year": .int(year)], as: "treasurer")
            return report.answer?["rows"].list ?? []
        }
        let balances = try await run("fund.balance", [:], as: nil).answer?.list ?? []
        FundAgreement.expect(budget: try await rows("budget"), sources: try await rows("sources"), balances: balances)
    }

    /// The books verify to the fen and the chain to the last event.
    func expectSound() async throws {
        let books = try await run("fund.verify", [:], as: nil)
        #expect(books.answer?["ok"].bool == true, "\(books.lines)")
        #expect(try await run("audit.verify", [:], as: nil).answer?["ok"].bool == true)
    }
}

/// What the reports that an auditor gets say of the same money.
private enum FundAgreement {
    static func expect(budget: [Value], sources: [Value], balances: [Value]) {
        #expect(!budget.isEmpty)
        for line in budget {
            let uses = sources.filter { $0["line"] == line["line"] }
            let balance = balances.first { $0["line"] == line["line"] } ?? .null
            func sum(_ rows: [Value], _ columns: String...) -> Int64 {
                rows.reduce(0) { sum, row in columns.reduce(sum) { $0 + (row[$1].int ?? 0) } }
            }
            let told = "\(line) \(uses) \(balance)"
            for column in ["committed_fen", "paid_fen"] { #expect(sum(uses, column) == sum([line], column), "\(told)") }
            #expect(sum(uses, "free_fen") == sum([line], "available_fen"), "\(told)")
            #expect(
                sum([balance], "held_fen", "in_transit_fen", "owed_fen") == sum([line], "committed_fen"), "\(told)")
            #expect(sum([balance], "paid_fen") == sum([line], "paid_fen"), "\(told)")
            #expect(sum([balance], "available_fen") == sum([line], "available_fen"), "\(told)")
        }
    }
}
