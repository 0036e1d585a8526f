import Foundation
import NiangjiaCore
import NiangjiaSQLite

/// The open stations in memory, as of the last change of the registers: who asks what is nearby reads no row.
///
/// Whether something has changed is asked of the store only after something was committed that concerned a register: applications
/// that come in all the time don't. What is answered is never older than the last commit that was acknowledged.
final class StationIndex: Sendable {
    private struct State {
        var snapshot: Snapshot?
        /// Commits that the snapshot is known to be as new as.
        var commits: Int64 = -1
    }

    private let store: SQLiteStore
    private let state = Guarded(State())

    init(_ store: SQLiteStore) { self.store = store }

    /// The stations, where they are known to be as they stand in the store: without waiting for it.
    var known: Snapshot? {
        let commits = store.registerCommits
        return state.withLock { $0.commits == commits ? $0.snapshot : nil }
    }

    /// The stations as they stand in the store.
    ///
    /// - Parameter vocabulary: the facilities that the city's configuration knows; none: it lists none.
    func present(_ vocabulary: Set<String> = []) async throws -> Snapshot {
        // Read before the count of changes: what is committed meanwhile is looked for the next time.
        let commits = store.registerCommits
        let known = state.withLock { state in (snapshot: state.snapshot, isNew: state.commits == commits) }
        if known.isNew, let snapshot = known.snapshot, snapshot.vocabulary == vocabulary { return snapshot }
        let read = try await store.read { reader -> Snapshot in
            let changes = try reader.changeCount()
            if let snapshot = known.snapshot, snapshot.changes == changes, snapshot.vocabulary == vocabulary {
                return snapshot
            }
            return try Snapshot(changes, vocabulary, in: reader)
        }
        state.withLock { state in
            guard commits >= state.commits else { return }
            state.snapshot = read
            state.commits = commits
        }
        return read
    }
}

extension StationIndex {
    /// The open stations at one time, in cells.
    final class Snapshot: Sendable {
        /// A station as it is kept.
        private struct Entry: Sendable {
            var station: NearbyStation
            var hours: OpeningHours?
            var facilities: Set<String>
        }

        /// What programs are told of a station, ready as JSON but for what changes: whether it is open, behind the head, and the
        /// distance, before the tail.
        private struct Text: Sendable {
            var hours: OpeningHours?
            var head: [UInt8]
            var middle: [UInt8]
            var tail: [UInt8]
        }

        private struct Cell: Hashable {
            var row: Int32
            var column: Int32
        }

        /// A station that was found.
        struct Found: Sendable {
            fileprivate var entry: Int32
            var metres: Int64
        }

        /// The count of changes that it was read at.
        let changes: Int64
        /// The facilities that the city's configuration knew then.
        let vocabulary: Set<String>
        private let entries: [Entry]
        private let texts: [Text]
        /// Where each entry lies, apart from the words about it: of those that are looked at few are wanted.
        private let places: [Coordinate]
        private let cells: [Cell: [Int32]]
        /// The greatest distance from the equator, in degrees: there a cell is narrowest.
        private let highest: Double

        /// Degrees of a cell, either way; about 1.1 km from south to north.
        private static let cell = 0.01
        private static let metresOfDegree = 111_195.0

        init(_ changes: Int64, _ vocabulary: Set<String>, in reader: any StoreReader) throws {
            var facilities: [Int64: [String]] = [:]
            try reader.forEach(
                "SELECT station, code FROM station_facility WHERE state = 'ok' ORDER BY station, code", []
            ) {
                facilities[$0.int(0), default: []].append($0.text(1))
                return true
            }
            var (entries, texts, places) = ([Entry](), [Text](), [Coordinate]())
            var (cells, highest) = ([Cell: [Int32]](), 0.0)
            try reader.forEach(
                "SELECT id, code, name, address, latitude, longitude, hours FROM station WHERE status = 'open' ORDER BY code",
                []
            ) { row in
                let (latitude, longitude) = (row.int(4), row.int(5))
                guard
                    let place = Coordinate(
                        latitude: Double(latitude) / 1e7, longitude: Double(longitude) / 1e7, frame: .wgs84)
                else { return true }
                let codes = facilities[row.int(0)] ?? []
                let station = NearbyStation(
                    code: row.text(1), name: row.text(2), address: row.text(3), metres: 0, isOpen: nil,
                    latitude: NearbyStation.degrees(latitude), longitude: NearbyStation.degrees(longitude),
                    facilities: codes)
                let hours = (try? Value(json: row.text(6))).flatMap { try? OpeningHours($0) }
                cells[Snapshot.key(place), default: []].append(Int32(entries.count))
                highest = max(highest, abs(place.latitude))
                places.append(place)
                entries.append(Entry(station: station, hours: hours, facilities: Set(codes)))
                texts.append(Snapshot.text(station, hours))
                return true
            }
            self.changes = changes
            self.vocabulary = vocabulary
            self.entries = entries
            self.texts = texts
            self.places = places
            self.cells = cells
            self.highest = highest
        }

        /// Open stations within a distance, the nearest first; equal distances by code.
        func find(_ point: Coordinate, within: Double, facility: String?, limit: Int) -> [Found] {
            var found: [(metres: Double, entry: Int32)] = []
            func look(_ index: Int32) {
                if let facility, !entries[Int(index)].facilities.contains(facility) { return }
                let metres = point.metres(to: places[Int(index)])
                if metres <= within { found.append((metres, index)) }
            }
            walk(around: point, within: within, look) { reach in
                // Whatever is further out is further away than the last one that is wanted.
                found.count >= limit && found.lazy.filter { $0.metres < reach - 1 }.count >= limit
            }
            // Entries stand in the order of their codes.
            let nearest = found.map { Found(entry: $0.entry, metres: Int64($0.metres.rounded())) }
                .sorted { ($0.metres, $0.entry) < ($1.metres, $1.entry) }
            return Array(nearest.prefix(limit))
        }

        /// Looks at cells ring by ring, until `isEnough` says so of the distance within which all have been seen.
        private func walk(
            around point: Coordinate, within: Double, _ look: (Int32) -> Void, until isEnough: (Double) -> Bool
        ) {
            let narrowest = cos(min(89, max(highest, abs(point.latitude)) + 1) * .pi / 180)
            let step = Snapshot.cell * Snapshot.metresOfDegree * narrowest
            let rings = Int((within / step).rounded(.up)) + 1
            // Where cells are many more than stations, all stations are looked at.
            guard rings * rings < max(2_500, entries.count * 2), abs(point.longitude) < 179 else {
                return entries.indices.forEach { look(Int32($0)) }
            }
            let center = Snapshot.key(point)
            for ring in 0...Int32(rings) {
                for row in -ring...ring {
                    let isEdge = abs(row) == ring
                    for column in stride(from: -ring, through: ring, by: isEdge || ring == 0 ? 1 : Int(2 * ring)) {
                        let cell = Cell(row: center.row + row, column: center.column + Int32(column))
                        cells[cell]?.forEach(look)
                    }
                }
                if isEnough(Double(ring) * step) { return }
            }
        }

        private static func key(_ place: Coordinate) -> Cell {
            Cell(
                row: Int32((place.latitude / cell).rounded(.down)),
                column: Int32((place.longitude / cell).rounded(.down)))
        }

        // MARK: What is told

        /// A station that was found, for people.
        func station(_ found: Found, now: Instant) -> NearbyStation {
            let entry = entries[Int(found.entry)]
            var station = entry.station
            station.metres = found.metres
            station.isOpen = entry.hours.map { $0.isOpen(at: now) }
            return station
        }

        /// Stations that were found, for programs: a JSON array.
        func json(_ found: [Found], now: Instant) -> [UInt8] {
            var out: [UInt8] = []
            out.reserveCapacity(2 + found.count * 512)
            out.append(UInt8(ascii: "["))
            for (n, one) in found.enumerated() {
                if n > 0 { out.append(UInt8(ascii: ",")) }
                let text = texts[Int(one.entry)]
                out += text.head
                out += (text.hours.map { $0.isOpen(at: now) ? "true" : "false" } ?? "null").utf8
                out += text.middle
                out += String(one.metres).utf8
                out += text.tail
            }
            out.append(UInt8(ascii: "]"))
            return out
        }

        /// A station's members in the order in which JSON has them here, by name.
        private static func text(_ station: NearbyStation, _ hours: OpeningHours?) -> Text {
            func members(_ value: Value) -> [UInt8] { value.jsonBytes.dropFirst().dropLast() }
            let head: Value = [
                "address": .text(station.address), "code": .text(station.code),
                "facilities": .list(station.facilities.map { .text($0) }),
            ]
            let middle: Value = ["latitude": .text(station.latitude), "longitude": .text(station.longitude)]
            return Text(
                hours: hours, head: "{".utf8 + members(head) + ",\"is_open\":".utf8,
                middle: ",".utf8 + members(middle) + ",\"metres\":".utf8,
                tail: ",".utf8 + members(["name": .text(station.name)]) + "}".utf8)
        }
    }
}
