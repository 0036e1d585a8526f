import Foundation
import NiangjiaCore
import NiangjiaDemo
import Testing

@testable import NiangjiaServer

@Suite struct DeviceTests {
    private func failure(_ operation: String, _ arguments: Value, _ account: Account, _ city: TestCity) async
        -> NiangjiaError?
    {
        do {
            try await Operations.perform(
                operation, arguments, on: city.host, as: account, output: Output(CollectingSink()))
            return nil
        } catch { return Operations.describe(error) }
    }

    @Test("A device has a key of its own, shown once and kept hashed, and ends when it is revoked")
    func key() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let station = try #require(
            try await city.host.store.read { try $0.first("SELECT code FROM station ORDER BY code") { $0.text(0) } })
        let arguments: Value = ["device": "door-3", "kind": "door", "station": .text(station)]
        #expect(await code { _ = try await city.run("device.add", arguments, as: "office") } == .forbidden)
        let added = try await city.run("device.add", arguments, as: "admin")
        let key = try #require(added.answer?["key"].text)
        #expect(await code { _ = try await city.run("device.add", arguments, as: "admin") } == .conflict)
        let account = try await city.host.access.authenticate(device: key)
        #expect(account.id == "device:door-3" && account.roles == [RoleGrant(.keeper)] && account.scope != nil)
        #expect(try await city.run("device.list", [:], as: "admin").answer?.json.contains(key) == false)
        let other = try await TestCity(approved: false)
        #expect(await code { _ = try await other.host.access.authenticate(device: key) } == .unauthenticated)
        #expect(
            await code { _ = try await city.host.access.authenticate(key) } == .unauthenticated,
            "no sign-in of a person")
        _ = try await city.run("device.revoke", ["device": "door-3"], as: "admin")
        #expect(await code { _ = try await city.host.access.authenticate(device: key) } == .unauthenticated)
        try await city.host.close()
        try await other.host.close()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: city.folder.store))
        #expect(bytes.range(of: Data(key.utf8)) == nil)
    }

    @Test("Who can write the store's file gives no device another one's key")
    func movedKey() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let station = try #require(
            try await city.host.store.read { try $0.first("SELECT code FROM station ORDER BY code") { $0.text(0) } })
        var keys: [String] = []
        for name in ["door-1", "door-2"] {
            let added = try await city.run(
                "device.add", ["device": .text(name), "kind": "door", "station": .text(station)], as: "admin")
            keys.append(try #require(added.answer?["key"].text))
        }
        _ = try await city.host.store.write(.interactive) { writer in
            let mac = try writer.first("SELECT key_mac FROM device WHERE id = 'door-2'", []) { $0.blob(0) } ?? []
            try writer.execute("UPDATE device SET key_mac = x'00' WHERE id = 'door-2'", [])
            return try writer.execute("UPDATE device SET key_mac = $1 WHERE id = 'door-1'", [.blob(mac)])
        }
        for key in keys {
            #expect(await code { _ = try await city.host.access.authenticate(device: key) } == .unauthenticated)
        }
        try await city.host.close()
    }

    @Test("Visits are filed for today or a week back, five hundred at a time, never in a closed month or year")
    func visits() async throws {
        let city = try await TestCity(at: "2026-07-15T09:00:00+08:00")
        try await city.importPeople()
        try await city.add("keeper", .keeper)
        let station = try #require(
            try await city.host.store.read { reader in
                try reader.first("SELECT code FROM station ORDER BY code", []) { $0.text(0) }
            })
        let added = try await city.run(
            "device.add", ["device": "door-1", "kind": "door", "station": .text(station)], as: "admin")
        let door = try await city.host.access.authenticate(device: try #require(added.answer?["key"].text))
        let accounts = [door, try await city.account("keeper"), try await city.account("office")]
        func visit(_ day: String, _ count: Int64 = 1) -> Value {
            ["station": .text(station), "on": .text(day), "count": .int(count)]
        }
        for account in accounts {
            for (day, count) in [("2026-07-15", Int64(500)), ("2026-07-08", 1)] {
                #expect(await failure("visit.add", visit(day, count), account, city) == nil, "\(account.id) \(day)")
            }
            for (day, count) in [
                ("2026-07-07", Int64(1)), ("2025-02-01", 1), ("2026-07-16", 1), ("2026-07-15", 501), ("2026-07-15", 0),
            ] {
                let refused = await failure("visit.add", visit(day, count), account, city)
                #expect(refused?.code == .invalid, "\(account.id) \(day) \(count)")
                #expect(refused?.place == (day == "2026-07-15" ? "/count" : "/on"))
            }
        }
        city.clock.set(Instant("2027-01-03T09:00:00+08:00") ?? city.clock.now())
        #expect(await failure("visit.add", visit("2026-12-30"), accounts[1], city) == nil)
        func close(_ period: String, at instant: String) async throws {
            city.clock.set(Instant(instant) ?? city.clock.now())
            let arguments: Value = ["period": .text(period), "decision": "主席办公会纪要", "confirm": true]
            _ = try await city.run("fund.close", arguments, as: "payer")
        }
        try await city.add("payer", .payer)
        try await close("2026-11", at: "2026-12-02T09:00:00+08:00")
        let closed = await failure("visit.add", visit("2026-11-30"), accounts[1], city)
        #expect(closed?.code == .conflict && closed?.message.zh.contains("2026-11-30 及以前已经结账") == true)
        #expect(await failure("visit.add", visit("2026-12-01"), accounts[1], city) == nil)
        try await close("2026", at: "2027-01-03T09:00:00+08:00")
        #expect(await failure("visit.add", visit("2026-12-30"), accounts[1], city)?.code == .conflict)
        #expect(await failure("visit.add", visit("2027-01-01"), accounts[1], city) == nil)
        try await city.host.close()
    }

    @Test("A device does what is done at its place, and nothing else")
    func place() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        _ = try await city.run("program.decide", ["program": "summer-cooling-2026", "form": "package"], as: "office")
        let stations = try await city.host.store.read { reader in
            try reader.all("SELECT code FROM station ORDER BY code LIMIT 2", []) { $0.text(0) }
        }
        let person = try #require(
            try await city.host.store.read { reader in
                try reader.first(
                    "SELECT subject FROM entitlement e JOIN decision d ON d.id = e.decision WHERE e.kind = 'goods' AND e.state = 'approved' ORDER BY e.id"
                ) { $0.id(0, Person.self).text }
            })
        let added = try await city.run(
            "device.add", ["device": "scan-1", "kind": "scanner", "station": .text(stations[0])], as: "admin")
        let account = try await city.host.access.authenticate(device: try #require(added.answer?["key"].text))
        let theirs = Operations.all.filter { $0.devices != nil }.map(\.name).sorted()
        #expect(
            theirs == [
                "case.deliver", "case.submit", "health", "program.list", "program.show", "station.near", "visit.add",
            ])
        for operation in Operations.all where operation.devices == nil {
            #expect(await failure(operation.name, [:], account, city)?.code == .forbidden, "\(operation.name)")
        }
        let elsewhere: Value = [
            "program": "summer-cooling-2026", "person": .text(person), "station": .text(stations[1]),
        ]
        #expect(await failure("case.deliver", elsewhere, account, city)?.code == .forbidden)
        let here: Value = ["program": "summer-cooling-2026", "person": .text(person)]
        #expect(await failure("case.deliver", here, account, city) == nil)
        #expect(await failure("case.deliver", here, account, city) != nil, "once")
        let member: Value = ["program": "tuition-2026", "form": "apply", "channel": "clerk", "fields": .map([:])]
        #expect(await failure("case.submit", member, account, city) != nil)
        let report = try await city.host.store.read { [crypto = city.host.crypto] in
            try Audit.verify(in: $0, crypto: crypto)
        }
        #expect(report.isSound)
        try await city.host.close()
    }
}
