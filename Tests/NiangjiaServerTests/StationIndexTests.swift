import NiangjiaCore
import Testing

@testable import NiangjiaServer

@Suite struct StationIndexTests {
    /// Every open station, measured one by one.
    private func measured(
        _ point: Coordinate, within: Double, facility: String?, in reader: any StoreReader
    ) throws -> [String] {
        let rows = try reader.all("SELECT id, code, latitude, longitude FROM station WHERE status = 'open'", []) {
            (id: $0.int(0), code: $0.text(1), latitude: $0.int(2), longitude: $0.int(3))
        }
        return try rows.compactMap { row -> (metres: Int64, code: String)? in
            let place = Coordinate(
                latitude: Double(row.latitude) / 1e7, longitude: Double(row.longitude) / 1e7, frame: .wgs84)
            guard let metres = place.map({ point.metres(to: $0) }), metres <= within else { return nil }
            if let facility {
                let count = try reader.integer(
                    "SELECT COUNT(*) FROM station_facility WHERE station = $1 AND code = $2 AND state = 'ok'",
                    [.int(row.id), .text(facility)])
                guard count == 1 else { return nil }
            }
            return (Int64(metres.rounded()), row.code)
        }.sorted { ($0.metres, $0.code) < ($1.metres, $1.code) }.map(\.code)
    }

    @Test("What is nearby is exactly what measuring every station gives, for any point, distance, number and facility")
    func same() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        var random = SystemRandomNumberGenerator()
        let facility = try await city.host.store.read { reader in
            try reader.first("SELECT code FROM station_facility WHERE state = 'ok' GROUP BY code ORDER BY COUNT(*)") {
                $0.text(0)
            }
        }
        for round in 0..<300 {
            let point = try #require(
                Coordinate(
                    latitude: 35.6 + Double.random(in: 0...0.9, using: &random),
                    longitude: 105.7 + Double.random(in: 0...1.1, using: &random), frame: .wgs84))
            let within = Double([50, 1_000, 3_000, 20_000, 50_000][round % 5])
            let limit = [1, 5, 20, 100][round % 4]
            let wanted = round % 3 == 0 ? facility : nil
            let stations = try await city.host.stations.present()
            let found = stations.find(point, within: within, facility: wanted, limit: limit)
                .map { stations.station($0, now: city.clock.now()) }
            let expected = try await city.host.store.read {
                try measured(point, within: within, facility: wanted, in: $0)
            }
            #expect(found.map(\.code) == Array(expected.prefix(limit)), "\(point) \(within) \(limit)")
        }
        try await city.host.close()
    }

    @Test("What programs are told is JSON as anybody else would have written it")
    func json() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        try await city.host.store.write(.interactive) {
            try $0.execute(
                "UPDATE station SET name = '\"引号\"\\与\t制表' WHERE code = (SELECT MIN(code) FROM station)", [])
        }
        let stations = try await city.host.stations.present()
        let point = try #require(Coordinate(latitude: 36, longitude: 106.2, frame: .wgs84))
        for limit in [0, 1, 100] {
            let now = city.clock.now()
            let found = stations.find(point, within: 50_000, facility: nil, limit: limit)
            let expected = found.map { one -> Value in
                let station = stations.station(one, now: now)
                return [
                    "code": .text(station.code), "name": .text(station.name), "address": .text(station.address),
                    "latitude": .text(station.latitude), "longitude": .text(station.longitude),
                    "metres": .int(station.metres), "is_open": station.isOpen.map { .bool($0) } ?? .null,
                    "facilities": .list(station.facilities.map { .text($0) }),
                ]
            }
            #expect(found.count == min(limit, found.count) && (limit == 0) == found.isEmpty)
            #expect(stations.json(found, now: now) == Value.list(expected).jsonBytes)
        }
        try await city.host.close()
    }

    @Test("A change is seen by whoever asks after it was acknowledged; other changes don't read the stations again")
    func changes() async throws {
        let city = try await TestCity()
        try await city.importPeople()
        let station = try #require(
            try await city.host.store.read { reader in
                try reader.first("SELECT code, latitude, longitude FROM station WHERE status = 'open' ORDER BY code") {
                    (code: $0.text(0), latitude: $0.int(1), longitude: $0.int(2))
                }
            })
        let point = try #require(
            Coordinate(
                latitude: Double(station.latitude) / 1e7, longitude: Double(station.longitude) / 1e7, frame: .wgs84))
        func first(_ facility: String? = nil) async throws -> NearbyStation? {
            let stations = try await city.host.stations.present()
            return stations.find(point, within: 10, facility: facility, limit: 1).first
                .map { stations.station($0, now: city.clock.now()) }
        }
        #expect(try await first()?.code == station.code)
        func change(_ sql: String) async throws {
            let code = station.code
            try await city.host.store.write(.interactive) { try $0.execute(sql, [.text(code)]) }
        }
        try await change("UPDATE station SET status = 'suspended' WHERE code = $1")
        #expect(try await first()?.code != station.code)
        try await change("UPDATE station SET status = 'open', name = '改了名' WHERE code = $1")
        #expect(try await first()?.name == "改了名")
        #expect(try await first("a-new-thing") == nil)
        try await change(
            "INSERT INTO station_facility (station, code) SELECT id, 'a-new-thing' FROM station WHERE code = $1")
        #expect(try await first("a-new-thing")?.code == station.code)
        // What is committed elsewhere leaves them known, so that they are answered on the spot; a register doesn't.
        let context = city.host.context("office")
        try await city.host.store.write(.interactive) { writer in
            try Outbox.put("notice", dedupe: "elsewhere", body: [:], context, in: writer)
        }
        #expect(city.host.stations.known != nil)
        try await change("UPDATE station SET name = '又改名' WHERE code = $1")
        #expect(city.host.stations.known == nil)
        #expect(try await first()?.name == "又改名")
        try await city.host.close()
    }
}
