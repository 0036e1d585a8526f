import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaPlugins

/// What a level of the contract promised stays: plugins written for it run on every later host.
@Suite struct APILevelTests {
    static let frozen = APITableTests.root.appending(path: "docs/reference/level-1.json")

    /// Type, parameters and places of everything that a level holds, by section and name; several facts may share a name.
    private static func promise(_ entry: APIEntry) -> Value {
        .map([
            "section": .text(entry.section.rawValue), "name": .text(entry.name), "type": .text(entry.type),
            "in": .list(entry.places.map { .text($0.rawValue) }),
            "parameters": entry.parameters.map { parameters in
                .list(
                    parameters.map {
                        ["name": .text($0.name), "type": .text($0.type), "optional": .bool($0.isOptional)]
                    })
            } ?? .null,
        ])
    }

    /// Whether what is there now keeps a promise: the same type, the same parameters (more may follow where they can be left out), no
    /// place less.
    private static func keeps(_ entry: APIEntry, _ old: Value) -> Bool {
        guard entry.section.rawValue == old["section"].text, entry.name == old["name"].text,
            entry.type == old["type"].text
        else { return false }
        let places = Set(entry.places.map(\.rawValue))
        guard (old["in"].list ?? []).compactMap(\.text).allSatisfy(places.contains) else { return false }
        guard let before = old["parameters"].list else { return entry.parameters == nil }
        guard let now = entry.parameters, now.count >= before.count else { return false }
        let same = zip(now, before).allSatisfy { parameter, wanted in
            parameter.name == wanted["name"].text && parameter.type == wanted["type"].text
                && (parameter.isOptional || wanted["optional"].bool == false)
        }
        return same && now.dropFirst(before.count).allSatisfy(\.isOptional)
    }

    @Test("Nothing of level 1 disappears or changes; NIANGJIA_FREEZE=1 writes what it holds, until it is released")
    func level1() throws {
        if ProcessInfo.processInfo.environment["NIANGJIA_FREEZE"] == "1" {
            let rows = APITable.entries.filter { $0.since == 1 }.map { Self.promise($0).json }
            try Data(("[\n" + rows.joined(separator: ",\n") + "\n]\n").utf8).write(to: Self.frozen)
        }
        let promised = try Value(json: String(contentsOf: Self.frozen, encoding: .utf8)).list ?? []
        #expect(promised.count > 150)
        for old in promised {
            #expect(
                APITable.entries.contains { Self.keeps($0, old) },
                "level 1 promised \(old["section"].text ?? "") \(old["name"].text ?? ""): \(old.json)")
        }
    }

    @Test("A name that is gone, of another type or with another parameter breaks the promise")
    func broken() throws {
        let entry = try #require(APITable.entries.first { $0.name == "money.rate" })
        let promise = Self.promise(entry)
        #expect(Self.keeps(entry, promise))
        var other = entry
        other.type = "string"
        #expect(!Self.keeps(other, promise))
        other = entry
        other.parameters?.removeLast()
        #expect(!Self.keeps(other, promise))
        other = entry
        other.places = [.assess]
        #expect(!Self.keeps(other, promise))
        other = entry
        other.parameters?.append(APIEntry.Parameter(name: "places", type: "integer", isOptional: false))
        #expect(!Self.keeps(other, promise))
        other.parameters?[2].isOptional = true
        #expect(Self.keeps(other, promise))
    }

    @Test("The manifest's keys in the table are those of its schema, no more and no less")
    func manifestKeys() throws {
        let path = APITableTests.root.appending(path: "docs/reference/schemas/plugin.schema.json")
        let schema = try Value(json: String(contentsOf: path, encoding: .utf8))
        var keys = Set((schema["properties"].map ?? [:]).keys)
        keys.remove("forms")
        keys.remove("actions")
        let action = schema["properties"]["actions"]["additionalProperties"]["properties"].map ?? [:]
        for key in action.keys { keys.insert("actions.<action>.\(key)") }
        let form = schema["properties"]["forms"]["additionalProperties"]["properties"].map ?? [:]
        for key in form.keys where key != "facts" { keys.insert("forms.<form>.\(key)") }
        for key in (form["facts"]?["properties"].map ?? [:]).keys { keys.insert("forms.<form>.facts.\(key)") }
        let named = Set(APITable.manifest.map(\.name))
        #expect(named.subtracting(keys) == [], "in the table and not in the schema")
        #expect(keys.subtracting(named) == [], "in the schema and not in the table")
    }

    @Test(
        "Every part of the reference comes from the table: stubs name each function, the page and the dump each entry")
    func everywhere() throws {
        let dumped = try Value(json: APITable.json)
        #expect(dumped["level"].int == Int64(APITable.level))
        #expect(dumped["entries"].list?.count == APITable.entries.count)
        for entry in APITable.entries {
            #expect(
                APITable.markdown.contains(
                    entry.signature.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")),
                "\(entry.name)")
            guard entry.parameters != nil, [.decision, .helper].contains(entry.section), entry.name != "money" else {
                continue
            }
            #expect(APITable.luaStubs.contains("function \(entry.name)("), "\(entry.name)")
        }
    }
}
