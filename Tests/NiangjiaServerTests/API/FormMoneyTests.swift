import NiangjiaCore
import Testing

@testable import NiangjiaServer
@testable import NiangjiaWeb

/// Whoever reads a form over HTTP and sends it back has said the same again.
@Suite struct FormMoneyTests {
    /// A value as the store keeps it, of a field's type.
    private static func sample(_ type: FieldType, _ ids: IDSource) -> Value {
        switch type {
        case .text, .string, .area: "示例"
        case .file: .text(String(repeating: "ab", count: 32))
        case .integer: 3
        case .money: 300_000
        case .rate: 3_000
        case .boolean: true
        case .date: "2026-07-01"
        case .instant: "2026-07-15T09:00:00+08:00"
        case .duration: "24h"
        case .point: ["lat": 36_015_300, "lon": 106_242_500]
        case .reference("organization"): .text(ids.next(Organization.self).text)
        case .reference("station"): .text(ids.next(Station.self).text)
        case .reference(let kind):
            FieldType.registers.contains(kind)
                ? .text(ids.next(Person.self).text) : .text(ids.next(Record.self).text)
        case .list(let inner): [sample(inner, ids), sample(inner, ids)]
        case .object(let fields):
            .map(Dictionary(uniqueKeysWithValues: fields.map { ($0.name, sample($0.type, ids)) }))
        case .oneOf(let words): .text(words[0])
        case .nullable(let inner): sample(inner, ids)
        }
    }

    private static func holdsMoney(_ type: FieldType) -> Bool {
        switch type {
        case .money: true
        case .list(let inner), .nullable(let inner): holdsMoney(inner)
        case .object(let fields): fields.contains { holdsMoney($0.type) }
        default: false
        }
    }

    @Test("What is answered for a field can be sent back and means the same: all fields of the shipped plugins")
    func roundTrip() async throws {
        let city = try await TestCity()
        let bundle = try await city.host.bundles.active()
        var (fields, amounts) = (0, 0)
        for (plugin, one) in bundle.plugins {
            let forms = one.manifest.forms.values.flatMap { [$0.fields] + $0.stages.map(\.fields) }
            for form in forms + one.manifest.actions.values.map(\.input) where !form.isEmpty {
                let kept = form.map { ($0.name, Self.sample($0.type, city.host.ids)) }
                let stored = Dictionary(uniqueKeysWithValues: kept)
                let told = MoneyWords.spelled(.map(FormMoney.answered(stored, form)))
                let sent = try #require(try Value(json: told.json).map)
                let read = try await city.host.store.read { try FormInput.resolve(sent, form, of: plugin, in: $0) }
                #expect(try FieldCheck.check(read, against: form) == stored, "\(plugin): \(told.json)")
                // Text in yuan alone, and fen alone, say the same as both.
                let names = Set(form.filter { $0.type == .money }.map(\.name))
                for leaves in [names, Set(names.map { $0 + "_fen" })] {
                    let part = sent.filter { !leaves.contains($0.key) }
                    let again = try await city.host.store.read { try FormInput.resolve(part, form, of: plugin, in: $0) }
                    #expect(try FieldCheck.check(again, against: form) == stored, "\(plugin): \(leaves)")
                }
                fields += form.count
                amounts += form.count { Self.holdsMoney($0.type) }
            }
        }
        #expect(fields > 30 && amounts >= 4)
        try await city.host.close()
    }

    @Test("Amounts in lists and objects, null ones, and names that are taken")
    func nested() throws {
        let fields = [
            Field("bills", .list(.money)), Field("paid", .nullable(.money)), Field("count", .integer),
            Field("items", .list(.object([Field("fare", .money), Field("on", .date)]))),
            Field("net", .money), Field("net_fen", .integer),
        ]
        let stored: [String: Value] = [
            "bills": [100, 250], "paid": nil, "count": 3, "items": [["fare": 5, "on": "2026-07-01"]], "net": 700,
            "net_fen": 1,
        ]
        let answered = FormMoney.answered(stored, fields)
        #expect(answered["bills_fen"] == [100, 250] && !answered.keys.contains("bills"))
        #expect(answered["net"] == "7.00" && answered["net_fen"] == 1 && answered["count"] == 3)
        let spelled = MoneyWords.spelled(.map(answered))
        #expect(spelled["bills"] == ["1.00", "2.50"] && spelled["paid_fen"] == .null)
        #expect(spelled["items"].list?.first?["fare"] == "0.05" && spelled["items"].list?.first?["fare_fen"] == 5)
    }

    @Test("Two amounts that differ, and fen that are no integer, are refused where they stand; a bare number still is")
    func refused() async throws {
        let city = try await TestCity(approved: false)
        let fields = [Field("self_pay", .money)]
        for (given, place): ([String: Value], String) in [
            (["self_pay": "3000.00", "self_pay_fen": 300_001], "/fields/self_pay_fen"),
            (["self_pay_fen": "300000"], "/fields/self_pay_fen"), (["self_pay": 300_000], "/fields/self_pay"),
        ] {
            do {
                _ = try await city.host.store.read { try FormInput.resolve(given, fields, of: "x", in: $0) }
                Issue.record("taken: \(given)")
            } catch let error as NiangjiaError {
                #expect(error.code == .invalid && error.place == place)
            }
        }
        try await city.host.close()
    }

    @Test("A case that is shown can be filed again as it was shown, to the fen")
    func shown() async throws {
        let city = try await AccessCity()
        let office = try await city.city.account("office")
        let first = try #require(
            try await city.perform("case.show", ["case": .text(city.own.caseID)], as: office).answer)
        let shown = MoneyWords.spelled(first)["fields"]
        let child = try #require(shown["children"].list?.first)
        #expect(child["tuition"] == "5000.00" && child["tuition_fen"] == 500_000, "\(shown.json)")
        let again = try await city.perform(
            "case.submit",
            [
                "program": "tuition-2026", "form": "apply", "channel": "clerk",
                "applicant": .text(city.own.person.text), "fields": shown,
            ], as: office)
        let id = try #require(again.answer?["case"].text)
        let second = try #require(try await city.perform("case.show", ["case": .text(id)], as: office).answer)
        #expect(second["fields"] == first["fields"])
        try await city.city.host.close()
    }
}
