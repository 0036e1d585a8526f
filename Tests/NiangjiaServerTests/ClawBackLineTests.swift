import Foundation
import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite("One line of an application is clawed back") struct ClawBackLineTests {
    private let treasurer = Actor(account: "treasurer", role: "treasurer")

    /// An application for two children that has been approved.
    private func approved(_ city: TestCityHost) async throws -> ID<CaseFile> {
        let household = try await city.household("deep")
        let parent = try await city.person(union: "99010101", household: household, role: "head")
        var children: [Value] = []
        for n in 1...2 {
            let child = try await city.person(household: household, role: "child")
            children.append([
                "child": .text(child.text), "stage": "higher", "school_type": "public", "tuition": 300_000,
                "lodging": 0, "books": 0, "other_grants": 0, "proof": .text("f-\(n)"),
            ])
        }
        let receipt = try await city.corridor.submit(
            Submission(
                program: "tuition-2026", form: "apply", applicant: parent, fields: ["children": .list(children)],
                channel: "clerk"), by: Actor(account: "filer", role: "clerk"))
        for level in ["basic", "county", "city"] {
            _ = try await city.corridor.act(
                .approve, on: receipt.id, by: Actor(account: level, role: "reviewer:\(level)"))
        }
        city.clock.set(try #require(Instant("2026-07-28T09:00:00+08:00")))
        #expect(try await city.corridor.endNotices() == 1)
        return receipt.id
    }

    @Test("The other line stays, and the case with it; the last one leaves nothing")
    func oneOfTwo() async throws {
        let yaml = try String(
            contentsOfFile: TestCityHost.repository + "/config/programs/tuition-2026.yaml", encoding: .utf8)
        let city = try await TestCityHost(programs: ["tuition": yaml], at: "2026-07-20T09:00:00+08:00")
        let id = try await approved(city)
        let given = try await city.store.read { try Entitlements.of(id, in: $0) }
        try #require(given.count == 2 && given.allSatisfy { $0.state == .approved })
        let clerk = Actor(account: "filer", role: "clerk")
        await #expect(throws: NiangjiaError.self) {
            try await city.corridor.clawBack(lineOf: given[1].id, because: "退学", by: clerk)
        }
        try await city.corridor.clawBack(lineOf: given[1].id, because: "退学", by: treasurer)
        let left = try await city.store.read { try Entitlements.of(id, in: $0) }
        #expect(left.map(\.state) == [.approved, .released])
        #expect(try await city.store.read { try Cases.load(id, in: $0).state } == .approved)
        let again = await code {
            try await city.corridor.clawBack(lineOf: given[1].id, because: "退学", by: treasurer)
        }
        #expect(again == .conflict)
        try await city.corridor.clawBack(lineOf: given[0].id, because: "退学", by: treasurer)
        #expect(try await city.store.read { try Cases.load(id, in: $0).state } == .revoked)
        #expect(try await city.verify().books.isOK)
        try await city.close()
    }
}
