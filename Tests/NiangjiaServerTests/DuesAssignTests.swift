import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Whose dues are whose: serial numbers of other payers, assignments that were wrong, amounts that can't be.
@Suite("Whose dues are whose") struct DuesAssignTests: DuesSuite {
    private let another = "91990101MA0000222Q"

    private func assign(_ city: TestCity, _ code: String, to union: String) async throws -> Value {
        let arguments: Value = ["code": .text(code), "to": .text(union), "reason": "核对登记表"]
        return try await city.run("dues.assign", arguments, as: "treasurer").answer ?? .null
    }

    private func row(_ code: String, _ city: TestCity) async throws -> Value? {
        try await city.run("dues.statement", ["year": 2026], as: "treasurer").answer?["payers"].list?.first {
            $0["code"].text == code
        }
    }

    @Test(
        "A negative line that names another payer's serial takes nothing, is told with its row, and the same by --check",
        arguments: [true, false])
    func serialOfAnother(isKnown: Bool) async throws {
        let city = try await city()
        var lines = ["T1,\(Self.payer),甲厂,2026-03,850000,17000.00,2026-04-15,"]
        let code = isKnown ? Self.small : another
        if isKnown { lines.append("T3,\(code),小店,2026-03,850000,17000.00,2026-04-15,") }
        try await take(lines, "march.csv", city)
        let before = try await available("basic", city)
        let wrong = [Self.titles, "X1,\(code),未知公司,2026-03,,-100.00,2026-05-15,T1"]
        let path = try city.write(wrong, "wrong.csv")
        for isCheck in [true, false] {
            let taken = try await city.run(
                "dues.import", ["file": .text(path), "check": .bool(isCheck)], as: "treasurer")
            let finding = taken.answer?["findings"].list?.first
            #expect(finding?["code"].text == "OTHER_CODE")
            #expect(finding?["place"].text?.contains(":2") == true, "\(String(describing: finding))")
            #expect(finding?["zh-CN"].text?.contains(Self.payer) == true)
            #expect(taken.answer?["reversed"].int == 0 && taken.answer?["waiting"].int == 1)
            #expect(taken.answer?["amount_fen"].int == 0)
        }
        #expect(try await available("basic", city) == before)
        #expect(try await row(Self.payer, city)?["received_fen"].int == 1_700_000)
        #expect(try await row(Self.payer, city)?["shares_fen"]["basic"].int == 1_020_000)
        try await isSound(city)
        // The right line of the same file takes it back, once the wrong one is out of the way.
        let files = try await city.run("dues.files", [:], as: "treasurer").answer?.list
        let digest = files?.first { $0["place"].text?.contains("wrong.csv") == true }?["file"] ?? .null
        _ = try await city.run("dues.undo", ["file": digest, "reason": "税务更正"], as: "treasurer")
        let right = try await take(["X1,\(Self.payer),甲厂,2026-03,,-100.00,2026-05-15,T1"], "right.csv", city)
        #expect(right["reversed"].int == 1 && right["amount_fen"].int == -10_000)
        try await isSound(city)
        try await city.host.close()
    }

    @Test(
        "A code that was assigned to the wrong union moves with all that hasn't been returned, what was taken back too")
    func reassigned() async throws {
        let city = try await city {
            try $0.edit(
                "config/funds.yaml", "    small_payer_below: 10000\n",
                "    small_payer_below: 10000\n    federations: [{organization: 990100F1, share: 50%}]\n")
        }
        try await take(
            [
                "T1,\(Self.unknown),新公司,2026-03,,9000.00,2026-04-15,",
                "T2,\(Self.unknown),新公司,2026-04,,9000.00,2026-05-15,",
                "N1,\(Self.unknown),新公司,2026-04,,-1000.01,2026-05-20,T2",
            ], "first.csv", city)
        #expect(try await assign(city, Self.unknown, to: "99010101")["lines"].int == 3)
        let moved = try await assign(city, Self.unknown, to: "990100F1A")
        #expect(moved["from"].text == "99010101" && moved["moved"].int == 3 && moved["stays_fen"].int == 0)
        #expect(moved["amount_fen"].int == 1_699_999)
        #expect(try await row(Self.unknown, city)?["union"].text == "990100F1A")
        #expect(try await available("suspense", city) == 0)
        try await isSound(city)
        // The federation above the right union has its half, and nothing goes to the wrong one.
        let sent = try await city.send(
            city.run("dues.return", ["through": "2026-07-15"], as: "treasurer").answer)
        #expect(Set(sent.lines.map(\.account.holder)) == ["快递联合会", "快递公司工会"])
        #expect(sent.lines.reduce(0) { $0 + $1.amount.fen } == 1_019_999)
        try await city.answer(sent)
        try await isSound(city)
        // What has been returned stays, and is told; what comes goes to the right one.
        try await take(["T3,\(Self.unknown),新公司,2026-05,,1000.00,2026-06-15,"], "next.csv", city)
        let again = try await assign(city, Self.unknown, to: "99010103")
        #expect(again["moved"].int == 1 && again["amount_fen"].int == 100_000)
        #expect(again["from"].text == "990100F1A" && again["stays_fen"].int == 509_999)
        try await isSound(city)
        #expect(await code { _ = try await assign(city, Self.unknown, to: "99010103") } == .conflict)
        let rest = try await city.send(
            city.run("dues.return", ["through": "2026-07-15"], as: "treasurer").answer)
        #expect(rest.lines.map(\.account.holder) == ["新建工会"] && rest.lines.map(\.amount.fen) == [60_000])
        try await isSound(city)
        try await city.host.close()
    }

    @Test("A return that isn't in a batch gives way when its dues move; the held shares of a small payer move along")
    func looseReturn() async throws {
        let city = try await city()
        try await take(["T1,\(Self.unknown),新公司,2026-03,,9000.00,2026-04-15,"], "first.csv", city)
        _ = try await assign(city, Self.unknown, to: "99010101")
        let built = try await city.run("dues.return", ["through": "2026-07-15"], as: "treasurer").answer
        // With the bank's batch standing, nothing moves, and it is told how much.
        let kept = try await assign(city, Self.unknown, to: "99010102")
        #expect(kept["moved"].int == 0 && kept["stays_fen"].int == 540_000)
        _ = try await assign(city, Self.unknown, to: "99010101")
        _ = try await city.run("batch.void", ["batch": built?["batch"] ?? .null, "reason": "归属有误"], as: "treasurer")
        let moved = try await assign(city, Self.unknown, to: "99010102")
        #expect(moved["moved"].int == 1 && moved["stays_fen"].int == 0)
        #expect(try await available("held", city) == 360_000)
        let sent = try await city.send(
            city.run("dues.return", ["through": "2026-07-15"], as: "treasurer").answer)
        #expect(sent.lines.map(\.account.holder) == ["小店工会"] && sent.lines.map(\.amount.fen) == [540_000])
        try await isSound(city)
        try await city.host.close()
    }

    @Test("Dues belong to unions that stand: nobody else is assigned or returned any, nor a supplier granted")
    func unionsOnly() async throws {
        let city = try await city()
        try await take(["T1,\(Self.unknown),新公司,2026-03,,9000.00,2026-04-15,"], "first.csv", city)
        func become(_ level: String, _ status: String = "active") async throws {
            try await city.host.store.write(.interactive) {
                try $0.execute(
                    "UPDATE organization SET level = $1, status = $2 WHERE code = '99010103'",
                    [.text(level), .text(status)])
            }
        }
        let others = [("supplier", "active"), ("employer", "active"), ("group", "active"), ("basic", "merged")]
        for (level, status) in others {
            try await become(level, status)
            let refused = await code { _ = try await assign(city, Self.unknown, to: "99010103") }
            #expect(refused == .invalid, "\(level) \(status)")
        }
        #expect(try await available("suspense", city) == 9_000_00)
        try await become("basic")
        #expect(try await assign(city, Self.unknown, to: "99010103")["lines"].int == 1)
        // Whatever has become of it since: nothing is paid.
        try await become("supplier")
        let through: Value = ["through": "2026-07-15"]
        #expect(await code { _ = try await city.run("dues.return", through, as: "treasurer") } == .invalid)
        let grant: Value = ["plan": "station", "organization": "99010103", "amount": "1000", "purpose": "站点"]
        #expect(await code { _ = try await city.run("grant.propose", grant, as: "treasurer") } == .invalid)
        try await become("basic")
        let built = try await city.run("dues.return", through, as: "treasurer").answer
        #expect(built?["total_fen"].int == 5_400_00)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("A negative line that takes nothing back is dropped with a reason; one that only has to wait is not")
    func dropped() async throws {
        let city = try await city()
        let rows = [
            "T1,\(Self.payer),甲厂,2026-03,,20000.00,2026-04-15,",
            "N1,\(Self.payer),甲厂,2026-03,,-19000.00,2026-05-15,T1",
            "N2,\(Self.payer),甲厂,2026-03,,-19000.00,2026-05-16,T1",
            "N9,\(Self.payer),甲厂,2026-01,,-50.00,2026-05-17,T9",
        ]
        let first = try await take(rows, "first.csv", city)
        #expect(first["reversed"].int == 1 && first["waiting"].int == 2)
        #expect(first["findings"].list?.map { $0["code"].text } == ["TAKEN_BACK", "UNMATCHED"])
        // What is left of the original is told: 20,000.00 less 19,000.00.
        #expect(first["findings"].list?.first?["zh-CN"].text?.contains("只余 1,000.00 元") == true, "\(first)")
        func waiting() async throws -> [Value] {
            try await city.run("dues.suspense", [:], as: "treasurer").answer?["unmatched"].list ?? []
        }
        func drop(_ line: Value?, as account: String = "treasurer") async throws {
            let arguments: Value = ["line": line?["line"] ?? .null, "reason": "税务重复发送"]
            _ = try await city.run("dues.drop", arguments, as: account)
        }
        let lines = try await waiting()
        #expect(lines.count == 2)
        #expect(await code { try await drop(lines.first, as: "payer") } == .forbidden)
        for line in lines { try await drop(line) }
        #expect(await code { try await drop(lines.first) } == .conflict, "dropped once")
        #expect(try await waiting().isEmpty)
        // Nobody is told of them again, sent again or not.
        let again = try await take(rows, "again.csv", city)
        #expect(again["resent"].int == 4 && again["findings"].list?.isEmpty == true)
        #expect(try await available("basic", city) == 600_00)
        // What only has to wait for money is taken back when the line has it.
        try await city.spend(50_00, of: "dues-national-2026")
        let short = try await take(["N3,\(Self.payer),甲厂,2026-03,,-1000.00,2026-05-18,T1"], "short.csv", city)
        #expect(short["findings"].list?.map { $0["code"].text } == ["NO_MONEY"])
        #expect(await code { try await drop(try await waiting().first) } == .conflict)
        try await isSound(city)
        // A file that is undone gives its dropped lines back to be taken again.
        let lone = try await take(["N8,\(Self.payer),甲厂,2026-02,,-10.00,2026-05-19,T8"], "lone.csv", city)
        try await drop(try await waiting().last)
        _ = try await city.run("dues.undo", ["file": lone["file"], "reason": "税务更正"], as: "treasurer")
        let taken = try await take(["N8,\(Self.payer),甲厂,2026-02,,-10.00,2026-05-19,T8"], "lone.csv", city)
        #expect(taken["waiting"].int == 1)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("An absurd amount is a finding of its row; the rest of the file is taken")
    func absurd() async throws {
        let city = try await city()
        let taken = try await take(
            [
                "T1,\(Self.payer),甲厂,2026-03,850000,17000.00,2026-04-15,",
                "T2,\(Self.payer),甲厂,2026-04,,99999999999999.99,2026-05-15,",
                "T3,\(Self.payer),甲厂,2026-05,99999999999999.99,17000.00,2026-06-15,",
                "T4,\(Self.unknown),新公司,2026-05,,-99999999999999.99,2026-06-15,",
            ], "absurd.csv", city)
        #expect(taken["booked"].int == 1 && taken["refused"].int == 3 && taken["amount_fen"].int == 1_700_000)
        #expect(taken["findings"].list?.map { $0["code"].text } == ["AMOUNT", "AMOUNT", "AMOUNT"])
        #expect(taken["findings"].list?.first?["place"].text?.contains(":3") == true)
        try await isSound(city)
        try await city.host.close()
    }
}
