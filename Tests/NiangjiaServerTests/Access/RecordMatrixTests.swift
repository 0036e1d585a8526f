import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer
@testable import NiangjiaWeb

/// Every request that names a record by its id, found in the table of routes: whoever may ask hears of another city's records what
/// they would hear of records that never were, and whoever may not hears that, whatever they name.
@Suite(.serialized) struct RecordMatrixTests {
    struct Probe {
        var route: Route
        /// The arguments that name records: name → the kinds that its id may have.
        var ids: [(argument: String, prefixes: [String])]
    }

    /// Routes by operation that name a record; the mark of a page isn't one.
    static var probes: [Probe] {
        Routes.all.compactMap { route in
            let ids = route.parameters.compactMap { one -> (argument: String, prefixes: [String])? in
                guard one.name != "after", case .text(.id(let prefixes), _, _) = one.schema.bare else { return nil }
                return (one.argument, prefixes)
            }
            return ids.isEmpty ? nil : Probe(route: route, ids: ids)
        }
    }

    /// What a request must carry beside ids, as the document shows it.
    private static func arguments(_ probe: Probe, _ city: AccessCity, id: (String) -> String) throws -> Value {
        var members: [String: Value] = [:]
        for one in probe.route.parameters where one.isRequired {
            switch one.source {
            case .content:
                let path = city.city.temporary.file(UUID().uuidString)
                try Data("序号,结果\n".utf8).write(to: URL(fileURLWithPath: path))
                members[one.argument] = .text(path)
            case .token, .ifMatch: continue
            default: members[one.argument] = one.schema.example ?? RecordMatrixTests.sample(one)
            }
        }
        for one in probe.ids { members[one.argument] = .text(id(one.prefixes[0])) }
        // What is asked in one way or another, and a word that must be one of the host's.
        switch probe.route.operation {
        case "case.submit":
            let child = members["applicant"] ?? .null
            members.merge([
                "program": "tuition-2026", "form": "apply", "unit": .text(city.own.unit),
                "fields": [
                    "children": [
                        [
                            "child": child, "stage": "higher", "school_type": "public", "tuition": "5000",
                            "lodging": "1000", "books": "0", "other_grants": "0", "proof": "none",
                        ]
                    ]
                ],
            ]) { $1 }
        case "decision.explain" where probe.route.name == "programExplanation":
            members["program"] = "summer-cooling-2026"
        case "case.deliver": members["person"] = nil
        case "case.advance": members.merge(["action": "object", "note": "核对"]) { $1 }
        case "grant.end": members["because"] = "unused"
        case "batch.returned", "batch.late": members["on"] = "2026-07-15"
        default: break
        }
        return .map(members)
    }

    private static func sample(_ one: Route.Parameter) -> Value {
        switch one.schema.bare {
        case .integer(let range): .int(range.lowerBound)
        case .flag: true
        case .text(.date, _, _): "2026-07-15"
        case .text(.money, _, _): "1.00"
        case .text(.word(let words), _, _): .text(words[0])
        default: "x"
        }
    }

    @Test(
        "Another city's records, and those that never were, are answered alike, to every role, bound to a part or not")
    func otherCity() async throws {
        let (city, there) = (
            try await AccessCity(), try await TestCity(at: "2026-07-16T09:00:00+08:00", approved: false)
        )
        let probes = RecordMatrixTests.probes
        #expect(probes.count > 40)
        for probe in probes {
            let operation = try #require(Operations.byName[probe.route.operation])
            let (foreign, unknown) = (there.host.ids, city.city.host.ids)
            let other = try RecordMatrixTests.arguments(probe, city) { foreign.text($0) }
            let never = try RecordMatrixTests.arguments(probe, city) { unknown.text($0) }
            for role in Role.allCases {
                let cell = AccessTable.cell(operation, role)
                for isBound in [true, false] {
                    let account = try await city.account(role, bound: isBound)
                    let told = await city.failure(operation.name, other, as: account)
                    let what = "\(probe.route.name) by \(role), bound \(isBound): \(String(describing: told))"
                    if cell == .no || (cell == .city && isBound) {
                        #expect(told?.code == .forbidden, "\(what)")
                        continue
                    }
                    let beside = await city.failure(operation.name, never, as: account)
                    #expect(told?.code == beside?.code, "\(what)")
                    if operation.name.hasSuffix(".list"), told == nil {
                        let listed = try await city.perform(operation.name, other, as: account).answer?.list
                        #expect(listed?.isEmpty == true, "\(what)")
                    } else {
                        // Some may not do it to anything at all: a form, a stage or the account's own place says so.
                        // What a field names that isn't there is a mistake in the field.
                        let isField = told?.code == .invalid && told?.place?.hasPrefix("/fields/") == true
                        #expect(isField || [.notFound, .forbidden].contains(told?.code), "\(what)")
                    }
                }
            }
        }
        try await there.host.close()
        try await city.city.host.close()
    }
}

extension IDSource {
    /// A fresh id of a kind.
    fileprivate func text(_ prefix: String) -> String {
        IDText.encode(prefix: prefix, number: next(Person.self).rawValue)
    }
}
