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
