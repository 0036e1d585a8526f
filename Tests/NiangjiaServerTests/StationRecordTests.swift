import NiangjiaCore
import Testing

@testable import NiangjiaServer

/// Rows of a plugin's table that is keyed by a place are named by the place's code, as files name them.
@Suite struct StationRecordTests {
    /// A city whose classes are kept by station, with one of them.
    private func city() async throws -> (city: TestCity, row: ID<Record>, code: String) {
        let city = try await TestCity(approved: false)
        try city.edit("plugins/training/plugin.yaml", "code: {type: string, title", "code: {type: station, title")
        try await city.approve()
        try await city.importPeople()
        let station = try #require(
            try await city.host.store.read { reader in
                try reader.first("SELECT id, code FROM station ORDER BY id") { ($0.id(0, Station.self), $0.text(1)) }
            })
        let row = ID<Record>(rawValue: 77)
        let body: Value = ["code": .text(station.0.text), "title": "书法", "seats": 10, "term": "2026-1"]
        try await city.host.store.write(.interactive) { writer in
            try writer.insert(
                into: "record",
                columns: ["id", "plugin", "kind", "key", "revision", "valid_from", "recorded_at", "body"],
                values: [
                    .id(row), .text("training"), .text("class"), .text(Value.list([.text(station.0.text)]).json),
                    .int(1), .date(CivilDate("2026-07-01")), .int(0), .text(body.json),
                ])
        }
        return (city, row, station.1)
    }

    @Test("A form takes the code, and the row's id; what is neither is told with what is expected")
    func form() async throws {
        let (city, row, code) = try await city()
        let fields = [Field("class", .reference("class"))]
        func resolved(_ text: String) async throws -> Value? {
            try await city.host.store.read {
                try FormInput.resolve(["class": .text(text)], fields, of: "training", in: $0)["class"]
            }
        }
        #expect(try await resolved(code) == .text(row.text))
        #expect(try await resolved(row.text) == .text(row.text))
        do {
            _ = try await resolved("ZD-none")
            Issue.record("a class that isn't there was taken")
        } catch let error as NiangjiaError {
            #expect(error.place == "/fields/class" && error.message.zh.contains("站点、组织写代码"), "\(error)")
        }
        try await city.host.close()
    }

    @Test("The list of rows tells what a form takes: codes, and no ids of places")
    func list() async throws {
        let (city, row, code) = try await city()
        let listed = try await city.run("record.list", ["program": "training-2026", "table": "class"], as: "office")
        #expect(listed.answer?.list?.first?["value"].text == code)
        #expect(listed.answer?.list?.first?["record"].text == row.text)
        #expect(!listed.lines.contains { $0.contains("s-") }, "\(listed.lines)")
        try await city.host.close()
    }
}
