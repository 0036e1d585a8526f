import Foundation
import NiangjiaCore
import NiangjiaWeb
import Testing

@testable import NiangjiaServer

/// Every operation × role × own or another organisation, compared with `matrix.txt` beside this file, which a reviewer can read.
@Suite(.serialized) struct AccessMatrixTests {
    static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("matrix.txt")

    struct Row: Sendable {
        var operation: String
        var nobody: String
        var cells: [Role: String]
    }

    /// Lines that don't begin with `#`: an operation, a cell for who hasn't signed in, one for each role.
    static func rows() throws -> [Row] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let words = line.split(separator: " ").map(String.init)
            try #require(words.count == Role.allCases.count + 2, "\(line)")
            return Row(
                operation: words[0], nobody: words[1],
                cells: Dictionary(uniqueKeysWithValues: zip(Role.allCases, words.dropFirst(2))))
        }
    }

    @Test("The matrix that a reviewer reads is what the operations say, and all of it")
    func matrix() throws {
        let text = try String(contentsOf: AccessMatrixTests.file, encoding: .utf8)
        let comments = text.split(separator: "\n").filter { $0.hasPrefix("#") }.joined(separator: "\n")
        let expected = comments + "\n" + AccessTable.lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["NIANGJIA_UPDATE"] == "1" {
            try expected.write(to: AccessMatrixTests.file, atomically: true, encoding: .utf8)
        } else {
            #expect(text == expected, "read the difference as a reviewer, then run the tests with NIANGJIA_UPDATE=1")
        }
    }

    @Test("docs/reference/access.md is what the operations say")
    func document() throws {
        let path = TestCity.root + "/docs/reference/access.md"
        if ProcessInfo.processInfo.environment["NIANGJIA_UPDATE"] == "1" {
            try AccessTable.markdown.write(toFile: path, atomically: true, encoding: .utf8)
        } else {
            #expect(try String(contentsOfFile: path, encoding: .utf8) == AccessTable.markdown)
        }
    }

    @Test("Whoever may, may; whoever may not hears that they may not, whatever they ask about")
    func permissions() async throws {
        let city = try await AccessCity()
        for row in try AccessMatrixTests.rows() {
            // Nobody's calls change nothing that the next row needs: without arguments there is nothing to be done.
            let nobody = await city.failure(row.operation, [:], as: nil)
            if ["-", "first"].contains(row.nobody) {
                #expect(nobody?.code == .unauthenticated, "\(row.operation) by nobody")
            }
            for (role, cell) in row.cells {
                let free = try await city.account(role, bound: false)
                let bound = try await city.account(role)
                let asFree = await city.failure(row.operation, [:], as: free)
                let asBound = await city.failure(row.operation, [:], as: bound)
                if cell == "-" {
                    #expect(asFree?.code == .forbidden && asBound?.code == .forbidden, "\(row.operation) by \(role)")
                } else {
                    #expect(
                        asFree?.code != .forbidden && asFree?.code != .unauthenticated, "\(row.operation) by \(role)")
                    #expect((asBound?.code == .forbidden) == (cell == "city"), "\(row.operation) by \(role), bound")
                }
            }
        }
        try await city.city.host.close()
    }

    /// Operations that take the id of a record: with what, for a part of the city.
    private static let probes: [(operation: String, arguments: @Sendable (AccessCity.Part) -> Value)] = [
        ("case.show", { ["case": .text($0.caseID)] }),
        ("case.evidence", { ["case": .text($0.caseID)] }),
        ("case.evidence_file", { ["case": .text($0.caseID), "file": .text($0.proof)] }),
        ("case.advance", { ["case": .text($0.caseID), "action": "object", "note": "核对"] }),
        ("case.stage", { ["case": .text($0.caseID), "stage": "none"] }),
        ("case.unseal", { ["case": .text($0.caseID), "reason": "核对"] }),
        ("decision.show", { ["decision": .text($0.decision)] }),
        ("decision.explain", { ["decision": .text($0.decision)] }),
        ("decision.explain", { ["decision": .text($0.caseID)] }),
        ("decision.explain", { ["program": "summer-cooling-2026", "person": .text($0.person.text)] }),
        ("decision.replay", { ["decision": .text($0.decision)] }),
        ("decision.replay", { ["program": "summer-cooling-2026", "person": .text($0.person.text)] }),
        ("decision.withdraw", { ["decision": .text($0.decision), "reason": "核对"] }),
        ("plugin.fixture", { ["decision": .text($0.decision)] }),
        ("person.show", { ["person": .text($0.person.text)] }),
        ("organization.list", { ["under": .text($0.unit)] }),
        ("case.submit", { Value.visit(to: $0.unit) }),
        ("case.deliver", { ["case": .text($0.caseID)] }),
        ("decision.list", { ["person": .text($0.person.text)] }),
        ("decision.list", { ["case": .text($0.caseID)] }),
        ("case.list", { ["person": .text($0.person.text)] }),
        ("case.list", { ["unit": .text($0.unit)] }),
        ("batch.confirm", { ["entitlement": .text($0.entitlement), "ending": "0019", "how": "电话"] }),
        ("supplier.dispute", { ["entitlement": .text($0.entitlement), "reason": "没有收到"] }),
        ("grant.report", { ["grant": .text($0.grant), "instalment": 1, "spent": "1.00", "note": "设备"] }),
        ("import.show", { ["import": .text($0.importing)] }),
        ("import.confirm", { ["import": .text($0.importing)] }),
        ("import.put", { ["import": .text($0.importing), "file": "nowhere.csv"] }),
        ("import.undo", { ["import": .text($0.taken)] }),
        ("fund.sharing_confirm", { ["settlement": .text($0.settlement)] }),
        ("fund.sharing_withdraw", { ["settlement": .text($0.settlement), "reason": "期间写错"] }),
        ("action.show", { ["run": .text($0.action)] }),
        ("action.confirm", { ["run": .text($0.action)] }),
    ]

    /// An import is its account's alone, in whatever part it lies.
    /// Of the others, what is one's own may still lack what the operation needs: goods, an account, an instalment; and a plugin
    /// names who confirms its actions.
    private static let personal = [
        "import.show", "import.confirm", "import.put", "case.deliver", "batch.confirm", "grant.report",
        "import.undo", "action.show", "action.confirm",
    ]

    @Test("Every request that names a record is tried with one of another part, or concerns the whole city")
    func complete() throws {
        let tried = Set(AccessMatrixTests.probes.map(\.operation))
        for operation in Set(RecordMatrixTests.probes.map(\.route.operation)).sorted() {
            let reach = try #require(Operations.byName[operation]).reach
            #expect([.city, .open, .selfOnly].contains(reach) || tried.contains(operation), "\(operation)")
        }
    }

    /// A part of the city that nobody has ever heard of.
    private static func nowhere(_ city: AccessCity) -> AccessCity.Part {
        let ids = city.city.host.ids
        return AccessCity.Part(
            person: ids.next(), child: ids.next(), caseID: ids.next(CaseFile.self).text,
            proof: String(repeating: "0", count: 64),
            decision: ids.next(Decision.self).text, unit: "99010399", county: ids.next(),
            entitlement: ids.next(Entitlement.self).text, grant: ids.next(Grant.self).text,
            importing: ids.next(StagedImport.self).text, action: ids.next(ActionRun.self).text,
            settlement: ids.next(SharingSettlement.self).text, taken: ids.next(ImportBatch.self).text)
    }

    @Test("What belongs to another part of the city is answered exactly like what doesn't exist; one's own isn't")
    func records() async throws {
        let city = try await AccessCity()
        let nowhere = AccessMatrixTests.nowhere(city)
        let rows = Dictionary(uniqueKeysWithValues: try AccessMatrixTests.rows().map { ($0.operation, $0) })
        for probe in AccessMatrixTests.probes {
            let row = try #require(rows[probe.operation])
            for (role, cell) in row.cells where ["own", "part"].contains(cell) {
                let account = try await city.account(role)
                let unknown = await city.failure(probe.operation, probe.arguments(nowhere), as: account)
                let others = await city.failure(probe.operation, probe.arguments(city.other), as: account)
                #expect(unknown?.code == others?.code, "\(probe.operation) by \(role): \(String(describing: others))")
                #expect(
                    unknown.map { AccessMatrixTests.shape($0, nowhere) }
                        == others.map { AccessMatrixTests.shape($0, city.other) },
                    "\(probe.operation) by \(role)")
                if probe.operation == "decision.list", others == nil {
                    let listed = try await city.perform(probe.operation, probe.arguments(city.other), as: account)
                    let told = listed.answer?.list?.compactMap { $0["decision"].text } ?? []
                    #expect(!told.contains(city.other.decision), "\(probe.operation) by \(role) on another part")
                    let asksPerson = probe.arguments(city.other)["person"] != .null
                    #expect(!asksPerson || AccessTable.seesOthers(role), "a member's own list in silence, \(role)")
                } else if probe.operation == "case.list", others == nil {
                    let listed = try await city.perform(probe.operation, probe.arguments(city.other), as: account)
                    let told = listed.answer?.list?.compactMap { $0["case"].text } ?? []
                    #expect(!told.contains(city.other.caseID), "\(probe.operation) by \(role) on another part")
                } else {
                    #expect(others != nil, "\(probe.operation) by \(role) on another part")
                }
                let isPersonal = AccessMatrixTests.personal.contains(probe.operation)
                // Who may see a case, and none of its fields, finds no file.
                let isHidden =
                    probe.operation == "case.evidence_file" && !FactRights(account: account).maySee(.health)
                if cell == "part", AccessTable.seesOthers(role), !isPersonal, !isHidden {
                    let own = await city.failure(probe.operation, probe.arguments(city.own), as: account)
                    #expect(
                        own?.code != .notFound,
                        "\(probe.operation) by \(role) on its own part: \(String(describing: own))")
                }
            }
        }
        // A member's own, whatever it is asked by.
        let member = try await city.account(.member)
        for probe in AccessMatrixTests.probes where rows[probe.operation]?.cells[.member] == "own" {
            guard !["case.submit", "batch.confirm"].contains(probe.operation) else { continue }
            let own = await city.failure(probe.operation, probe.arguments(city.own), as: member)
            #expect(own?.code != .notFound, "\(probe.operation) by its member")
        }
        try await city.city.host.close()
    }

    /// The words of an error without what was asked for.
    private static func shape(_ error: NiangjiaError, _ part: AccessCity.Part) -> [String] {
        [error.code.rawValue, error.message.zh, error.message.en, error.place ?? ""].map { text in
            [
                part.person.text, part.caseID, part.decision, part.unit, part.entitlement, part.grant, part.importing,
                part.action, part.settlement, part.taken,
            ].reduce(text) { $0.replacing($1, with: "*") }
        }
    }

    @Test("Lists hold what lies in one's part of the city and nothing else; a member's hold the member's")
    func lists() async throws {
        let city = try await AccessCity()
        for role in Role.allCases {
            let account = try await city.account(role)
            for (operation, key, own, other) in [
                ("case.list", "case", city.own.caseID, city.other.caseID),
                ("decision.list", "decision", city.own.decision, city.other.decision),
            ] {
                guard Operations.byName[operation].map({ AccessTable.cell($0, role) }) != AccessTable.Cell.no else {
                    continue
                }
                let told = try await city.perform(operation, ["limit": 500], as: account).answer?.list ?? []
                let ids = told.compactMap { $0[key].text }
                #expect(!ids.contains(other), "\(operation) by \(role)")
                #expect(
                    ids.contains(own) == (AccessTable.seesOthers(role) || role == .member), "\(operation) by \(role)")
            }
        }
        let clerk = try await city.account(.clerk)
        let names = try await city.city.host.store.read { [own = city.own.person, other = city.other.person] reader in
            try [own, other].map { id in
                try reader.first("SELECT name FROM person WHERE id = $1", [.id(id)]) { $0.text(0) } ?? ""
            }
        }
        func finds(_ name: String) async throws -> [String] {
            try await city.perform("person.find", ["text": .text(name)], as: clerk).answer?.list?.compactMap {
                $0["person"].text
            } ?? []
        }
        let (ownName, otherName) = (try #require(names[0]), try #require(names[1]))
        #expect(try await finds(ownName).contains(city.own.person.text))
        #expect(try await !finds(otherName).contains(city.other.person.text))
        let unions =
            try await city.perform("organization.list", [:], as: clerk).answer?.list?.compactMap { $0["code"].text }
            ?? []
        #expect(unions.contains(city.own.unit) && !unions.contains(city.other.unit))
        try await city.city.host.close()
    }

    @Test("Fields: staff see who acted and what was written, members the role; a person is masked without a reason")
    func fields() async throws {
        let city = try await AccessCity()
        let own: Value = ["case": .text(city.own.caseID)]
        let byClerk = try #require(try await city.perform("case.show", own, as: city.account(.clerk)).answer)
        let byMember = try #require(try await city.perform("case.show", own, as: city.account(.member)).answer)
        #expect(byClerk["steps"].list?.first?["actor"].text == "office")
        #expect(byMember["steps"].list?.allSatisfy { $0["actor"].isNull } == true)
        for role in Role.allCases where Permission.seeRegisters.roles.contains(role) {
            let shown = try await city.perform(
                "person.show", ["person": .text(city.own.person.text)], as: city.account(role)
            ).answer
            #expect(shown?["id_number"].text?.contains("*") == true && shown?["name"].text?.contains("*") == true)
        }
        try await city.city.host.close()
    }

    @Test("A sign-in of another city is nobody's here: one store is one city")
    func otherCity() async throws {
        let (here, there) = (try await TestCity(approved: false), try await TestCity(approved: false))
        let token = try await there.host.access.signIn("office", password: TestCity.password).token
        #expect(try await there.host.access.authenticate(token).id == "office")
        #expect(await code { _ = try await here.host.access.authenticate(token) } == .unauthenticated)
        try await here.host.close()
        try await there.host.close()
    }
}

extension Value {
    /// A visit to a unit's site.
    fileprivate static func visit(to unit: String) -> Value {
        [
            "program": "summer-cooling-2026", "form": "site_visit", "unit": .text(unit),
            "fields": ["unit": .text(unit), "headcount": 20],
        ]
    }
}
