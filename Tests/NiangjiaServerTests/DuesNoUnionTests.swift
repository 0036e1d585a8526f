import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// An organisation that stops being a union while dues stand for it.
@Suite("A union that is none any more is left out of a return, and its payers can be assigned to one")
struct DuesNoUnionTests: DuesSuite {
    private func become(_ level: String, _ union: String, _ city: TestCity) async throws {
        try await city.host.store.write(.interactive) {
            try $0.execute("UPDATE organization SET level = $1 WHERE code = $2", [.text(level), .text(union)])
        }
    }

    private func returned(_ city: TestCity) async throws -> (answer: Value?, lines: [String]) {
        let run = try await city.run("dues.return", ["through": "2026-07-15"], as: "treasurer")
        return (run.answer, run.lines)
    }

    private func assign(_ city: TestCity, _ code: String, to union: String) async throws -> Value {
        let arguments: Value = ["code": .text(code), "to": .text(union), "reason": "并入上级工会"]
        return try await city.run("dues.assign", arguments, as: "treasurer").answer ?? .null
    }

    @Test("The others are returned theirs; its own is told with its payers, moves to a union, and is returned there")
    func left() async throws {
        let city = try await city()
        // Both by the code that the register has for their companies: nobody assigned anything.
        try await take(
            [
                "T1,\(Self.payer),甲厂,2026-03,,20000.00,2026-04-15,",
                "T2,\(Self.companyOfFederation),快递公司,2026-03,,10000.00,2026-04-15,",
                "T3,\(Self.payer),甲厂,2026-04,,10000.00,2026-05-15,",
                "N3,\(Self.payer),甲厂,2026-04,,-1000.00,2026-05-20,T3",
            ], "first.csv", city)
        try await become("group", "99010101", city)
        let (built, lines) = try await returned(city)
        #expect(built?["total_fen"].int == 6_000_00 && built?["count"].int == 1)
        let left = try #require(built?["no_unions"].list?.first)
        #expect(left["code"].text == "99010101" && left["level"].text == "group")
        #expect(left["amount_fen"].int == 17_400_00 && left["payers"].list == [.text(Self.payer)])
        #expect(lines.contains { $0.contains("99010101") && $0.contains(Self.payer) }, "\(lines)")
        // Alone it is no reason to say that nothing came in.
        #expect(await code { _ = try await returned(city) } == .invalid)
        try await isSound(city)
        // To no organisation that isn't a union either.
        #expect(await code { _ = try await assign(city, Self.payer, to: "99010101") } == .invalid)
        let moved = try await assign(city, Self.payer, to: "99010103")
        #expect(moved["from"].text == "99010101" && moved["moved"].int == 3 && moved["amount_fen"].int == 29_000_00)
        try await isSound(city)
        let again = try await returned(city).answer
        #expect(again?["total_fen"].int == 17_400_00 && again?["no_unions"].list == [])
        // What comes next is known, and there is nothing left to move.
        let next = try await take(["T4,\(Self.payer),甲厂,2026-05,,1000.00,2026-06-15,"], "next.csv", city)
        #expect(next["booked"].int == 1)
        #expect(await code { _ = try await assign(city, Self.payer, to: "99010103") } == .conflict)
        try await isSound(city)
        try await city.host.close()
    }

    @Test("What it was returned while it was a union stays, and is no reason to assign its payers anew")
    func paid() async throws {
        let city = try await city()
        try await take(["T1,\(Self.payer),甲厂,2026-03,,20000.00,2026-04-15,"], "first.csv", city)
        let sent = try await city.send(returned(city).answer)
        try await city.answer(sent)
        try await become("group", "99010101", city)
        #expect(await code { _ = try await assign(city, Self.payer, to: "99010103") } == .conflict)
        // What comes next is in suspense, and goes where it is assigned to.
        try await take(["T2,\(Self.payer),甲厂,2026-04,,10000.00,2026-05-15,"], "next.csv", city)
        #expect(try await available("suspense", city) == 10_000_00)
        let moved = try await assign(city, Self.payer, to: "99010103")
        #expect(moved["lines"].int == 1 && moved["from"] == .null && moved["moved"].int == 0)
        try await isSound(city)
        try await city.host.close()
    }
}
