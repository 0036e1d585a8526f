import Foundation
import NiangjiaCore
import NiangjiaTesting
import Testing

@testable import NiangjiaServer
@testable import NiangjiaWeb

@Suite struct OpenAPITests {
    private let document = OpenAPIDocument.value

    @Test("Routes and the list of what stays off HTTP are together all operations, and none is in both")
    func complete() {
        let routed = Set(Routes.all.map(\.operation)).subtracting([""])
        let off = Set(OffHTTP.reasons.keys)
        #expect(routed.isDisjoint(with: off), "\(routed.intersection(off))")
        let all = Set(Operations.all.map(\.name))
        #expect(routed.union(off) == all, "\(routed.union(off).symmetricDifference(all))")
        #expect(OffHTTP.reasons.values.allSatisfy { $0.count > 20 })
    }

    @Test("Where devices may ask, the document says by what they show who they are, and nowhere else")
    func devices() {
        #expect(document["components"]["securitySchemes"]["device"]["name"] == "Authorization")
        for route in Routes.all {
            let told = document["paths"][route.path][route.method.rawValue.lowercased()]["security"].list ?? []
            let schemes = told.compactMap { $0.map?.keys.first }
            let isTheirs = Operations.byName[route.operation]?.devices != nil
            if route.needsSignIn { #expect(route.isForDevices == isTheirs, "\(route.path)") }
            #expect(
                schemes == (!route.needsSignIn ? [] : isTheirs ? ["session", "device"] : ["session"]), "\(route.path)")
        }
    }

    @Test("Every reference and link leads somewhere, and every operation has a name of its own")
    func references() {
        let validator = SchemaValidator(document: document)
        var names: [String] = []
        var links: [(String, Value)] = []
        func walk(_ value: Value) {
            if let reference = value["$ref"].text { #expect(!validator.resolve(reference).isNull, "\(reference)") }
            switch value {
            case .list(let items): items.forEach(walk)
            case .map(let members): members.values.forEach(walk)
            default: return
            }
        }
        walk(document)
        for methods in (document["paths"].map ?? [:]).values {
            for operation in (methods.map ?? [:]).values {
                names.append(operation["operationId"].text ?? "")
                for response in (operation["responses"].map ?? [:]).values {
                    links += (response["links"].map ?? [:]).map { ($0.value["operationId"].text ?? "", $0.value) }
                }
            }
        }
        #expect(Set(names).count == names.count && !names.contains(""))
        #expect(links.count > 15)
        for (to, _) in links { #expect(names.contains(to), "\(to)") }
    }

    /// Every shape of a value, those that it names included.
    private func shapes(_ value: Value, _ seen: inout Set<String>, _ each: ([String: Value]) -> Void) {
        if let name = value["$ref"].text, seen.insert(name).inserted {
            shapes(SchemaValidator(document: document).resolve(name), &seen, each)
        }
        switch value {
        case .list(let items): for one in items { shapes(one, &seen, each) }
        case .map(let members):
            each(members)
            for (name, one) in members where !["example", "examples"].contains(name) { shapes(one, &seen, each) }
        default: return
        }
    }

    @Test("Requests are closed; answers may gain members and words, and no generated client breaks by it")
    func openAnswers() {
        for (path, methods) in document["paths"].map ?? [:] {
            for operation in (methods.map ?? [:]).values {
                var seen: Set<String> = []
                for part in ["parameters", "requestBody"] {
                    shapes(operation[part], &seen) { shape in
                        if shape["properties"]?.map != nil, shape["type"] == "object" {
                            #expect(shape["additionalProperties"] == false, "\(path)")
                        }
                        #expect(shape["x-extensible-enum"] == nil, "\(path)")
                    }
                }
                seen = []
                shapes(operation["responses"], &seen) { shape in
                    #expect(shape["additionalProperties"] != false && shape["enum"] == nil, "\(path)")
                    if let words = shape["x-extensible-enum"] {
                        #expect(words.list?.isEmpty == false, "\(path)")
                        #expect(shape["description"]?.text?.contains("More words may come") == true, "\(path)")
                    }
                }
            }
        }
    }

    @Test("What an answer has and the document doesn't is found all the same")
    func strangers() {
        let validator = SchemaValidator(document: document)
        let schema = document["components"]["schemas"]["MovedRun"]
        let run = Value.text(IDText.encode(prefix: "run", number: 1))
        #expect(validator.problems(["run": run, "state": "paused"], schema) == [])
        #expect(validator.problems(["run": run, "state": "paused", "more": 1], schema).count == 1)
        #expect(validator.problems(["run": run, "state": "asleep"], schema).count == 1)
        let headers: Value = ["headers": ["Location": ["required": true, "schema": ["pattern": "^/api/v1/"]]]]
        #expect(validator.problems(headers: [:], headers) == ["no Location"])
        #expect(validator.problems(headers: ["location": "/x"], headers).count == 1)
        #expect(validator.problems(headers: ["location": "/api/v1/x"], [:]).count == 1)
    }

    /// Routes that make something, or begin something, which has no address of its own.
    private static let nowhere = [
        "accountLogin": "a sign-in is its token; nobody can ask for it",
        "fileAdd": "a file is read as part of the case that names it",
        "visitAdd": "a count of visits can't be asked for again",
        "supplierSettle": "a settlement stands in the supplier's statement",
        "donationReceive": "a donation stands in its campaign's list",
        "programCorrectPropose": "a correction stands in the list of corrections",
    ]

    @Test("Whatever makes or begins something says where it is, or why that has no address")
    func locations() throws {
        let made = Routes.all.filter { [201, 202].contains($0.status) }
        #expect(made.count > 10)
        #expect(Routes.all.allSatisfy { $0.made == nil || [201, 202].contains($0.status) })
        #expect(Set(Self.nowhere.keys) == Set(made.filter { $0.made == nil }.map(\.name)))
        for route in made {
            let told = document["paths"][route.path][route.method.rawValue.lowercased()]["responses"]
            let header = told["\(route.status)"]["headers"]["Location"]
            #expect(header.isNull == (route.made == nil), "\(route.name)")
            guard let place = route.made, case .one(let schema) = route.answer, case .object(let members) = schema.bare
            else { continue }
            let name = try #require(place.split(separator: "{").last?.split(separator: "}").first.map(String.init))
            #expect(members.contains { $0.name == name && $0.isRequired }, "\(route.name)")
            let location = try #require(route.location([name: "x-1"]))
            #expect(location == place.replacingOccurrences(of: "{\(name)}", with: "x-1"))
            #expect(Routes.route(.get, location) != nil, "\(location)")
        }
    }

    @Test("An ETag is promised where the version counts changes, not where it is a plugin's")
    func versions() {
        func tag(_ name: String) -> Value {
            let route = Routes.all.first { $0.name == name }
            let told = document["paths"][route?.path ?? ""][route?.method.rawValue.lowercased() ?? ""]["responses"]
            return told["\(route?.status ?? 0)"]["headers"]["ETag"]
        }
        #expect(tag("caseShow")["required"] == .bool(true))
        #expect(tag("pluginApprove").isNull)
    }

    @Test("Every example has the shape that the document gives it")
    func examples() {
        let validator = SchemaValidator(document: document)
        var count = 0
        func walk(_ value: Value, at place: String) {
            if let schema = value["schema"].map, let example = value.map?["example"] {
                count += 1
                #expect(validator.problems(example, .map(schema)) == [], "\(place)")
            }
            for example in value["examples"].list ?? [] {
                count += 1
                #expect(validator.problems(example, value) == [], "\(place)")
            }
            switch value {
            case .list(let items): items.forEach { walk($0, at: place) }
            case .map(let members): members.forEach { walk($1, at: "\(place)/\($0)") }
            default: return
            }
        }
        walk(document["paths"], at: "")
        #expect(count > 60)
    }

    @Test("Every operation says what it is in Chinese and in English")
    func words() {
        for route in Routes.all {
            #expect(route.summary.zh.unicodeScalars.contains { $0.value > 0x2E80 }, "\(route.path)")
            #expect(route.summary.en.utf8.allSatisfy { $0 < 0x80 }, "\(route.path)")
        }
    }

    @Test("What is answered in JSON and what is checked are one shape: patterns and checks agree")
    func patterns() {
        let texts = [
            "", "a", "summer-cooling-2026", "-x", "Ä", "2026-07-15", "2026-02-30", "50.00", "050", "0.5", "1e3", "-5",
            "c-01h455vb4pexk", "c-1", "C-1a", "p-zz", "3f2a91c0", "3F2A91C0", "a\nb", "a\u{202E}b", "a\tb", "张三",
            "\u{0}",
            "office", "of fice", "990101002", "_x", String(repeating: "9", count: 13),
        ]
        let formats: [TextFormat] = [
            .line, .lines, .money, .yuan, .id(["c", "p"]), .name, .digest(8), .account, .code,
        ]
        for format in formats {
            guard let expression = try? NSRegularExpression(pattern: format.pattern ?? "") else {
                Issue.record("\(format)")
                continue
            }
            for text in texts {
                let found = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text))
                // NSRegularExpression's $ also matches before a last line feed; none of the texts ends in one.
                #expect((found != nil) == format.matches(text), "\(format) \(text.debugDescription)")
            }
        }
    }

    @Test("Money is spelled beside its fen, under a name of its own")
    func money() {
        let value: Value = [
            "amount_fen": 5000, "gains": 3, "gains_fen": -120, "over_fen": nil, "list": [["a_fen": 1]],
            "shares_fen": ["basic": 120, "county": 0], "notes_fen": ["basic": "x"],
        ]
        let spelled = MoneyWords.spelled(value)
        #expect(spelled["amount"].text == "50.00" && spelled["amount_fen"].int == 5000)
        #expect(spelled["gains"].int == 3 && spelled["gains_yuan"].text == "-1.20")
        #expect(spelled["shares"] == ["basic": "1.20", "county": "0.00"] && spelled.map?["notes"] == nil)
        #expect(spelled.map?["over"] == .null && spelled["list"].list?.first?["a"].text == "0.01")
    }
}
