import NiangjiaCore
import NiangjiaWeb
import Testing

@testable import NiangjiaServer

/// What a host answers from memory.
@Suite struct InstantTests {
    @Test("Only what is nobody's is answered from memory, and every operation's own check holds there too")
    func open() throws {
        let instant = Operations.all.filter { $0.instantly != nil }
        #expect(instant.map(\.name) == ["station.near"])
        for operation in instant { #expect(operation.need == .shell && operation.reach == .open) }
        for operation in Operations.all where operation.need != .shell {
            #expect(throws: NiangjiaError.self) { try operation.check(nil, isFounding: false) }
        }
    }

    @Test("Memory answers what the store would; after a commit the store is asked first, and refusals are the same")
    func same() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let web = HostWeb(host: city.host)
        let near: Value = ["latitude": "36.0", "longitude": "106.2", "within": 50_000, "limit": 5]
        #expect(web.isInstant("station.near") && !web.isInstant("health") && !web.isInstant("nothing"))
        #expect(web.instantly("station.near") == nil && web.instantly("health") == nil)
        let told = try await web.perform("station.near", near, as: nil, in: .zh)
        #expect(told.list?.count == 5)
        let known = try #require(web.instantly("station.near"))
        #expect(try known(near, .zh) == told.jsonBytes)
        for wrong: Value in [
            [:], ["latitude": "x", "longitude": "1"], ["latitude": "36", "longitude": "106", "limit": 101],
            ["latitude": "36", "longitude": "106", "frame": "moon"],
            ["latitude": "36", "longitude": "106", "facility": "zz"],
        ] {
            let asked = await #expect(throws: NiangjiaError.self) {
                try await web.perform("station.near", wrong, as: nil, in: .en)
            }
            let instant = #expect(throws: NiangjiaError.self) { try known(wrong, .en) }
            #expect(asked?.code == instant?.code && asked?.place == instant?.place)
            #expect(asked?.message == instant?.message)
        }
        let code = try #require(told.list?.first?["code"].text)
        try await city.host.store.write(.interactive) {
            try $0.execute("UPDATE station SET status = 'suspended' WHERE code = $1", [.text(code)])
        }
        #expect(web.instantly("station.near") == nil)
        let after = try await web.perform("station.near", near, as: nil, in: .zh)
        #expect(after.list?.contains { $0["code"].text == code } == false)
        let again = try #require(web.instantly("station.near"))
        #expect(try again(near, .zh) == after.jsonBytes)
        try await city.host.close()
    }
}
