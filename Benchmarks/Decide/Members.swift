import Foundation
import NiangjiaCore

/// The reference's members as a city keeps them: persons, memberships, household files.
enum Members {
    static func fill(folder: String, csv: String) async throws {
        let city = try BenchCity(folder: folder)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: csv)))
        let lines = bytes.split(separator: 0x0A)
        let change = city.change
        try await city.store.write(.batch) { writer in
            let line = FundLine(
                id: "cooling-2026", year: 2026, source: "union_budget", purpose: "cooling",
                amount: Money(fen: Int64(lines.count) * 35_000))
            try Ledger.open(line, change, in: writer)
            let root = Int64(lines.count / 2000 + 2)
            // The city's own union, that the configuration names.
            var rows: [SQLValue] = [
                .int(root), .int(1), .date(day("2012-01-01")), .int(0), .text("990100"), .text("总工会"),
                .text("990100/"), .text("city"), .text("990100"),
            ]
            for n in 1..<root {
                let code = "9901\(100_000 + n)"
                rows += [
                    .int(n), .int(1), .date(day("2012-01-01")), .int(0), .text(code), .text("工会\(n)"),
                    .text("990100/\(code)/"), .text("basic"), .text("990101"),
                ]
            }
            try writer.insert(
                into: "organization",
                columns: ["id", "revision", "valid_from", "recorded_at", "code", "name", "path", "level", "area"],
                values: rows)
        }
        for start in stride(from: 0, to: lines.count, by: 20_000) {
            let part = Array(lines[start..<min(start + 20_000, lines.count)])
            try await city.store.write(.batch) { try insert(part, in: $0) }
        }
        // As the end of an import does.
        try await FactPages.refresh(in: city.store)
        try await city.store.close()
    }

    private static let outdoor: Set<String> = [
        "courier", "rider", "sanitation", "construction", "ride_hailing", "trucker", "gardener",
    ]

    private static func day(_ text: String) -> CivilDate? { CivilDate(text) }

    private static func insert(_ lines: [ArraySlice<UInt8>], in writer: any StoreWriter) throws {
        var persons: [SQLValue] = []
        var memberships: [SQLValue] = []
        var households: [SQLValue] = []
        let since = SQLValue.date(day("2012-01-01"))
        // As long as what the host seals, and as random: rows must be as wide as a city's.
        var noise = Noise(seed: UInt64(lines.first?.startIndex ?? 0))
        func sealed(_ count: Int) -> SQLValue { .blob(noise.bytes(count)) }
        for line in lines {
            let cells = line.split(separator: 0x2C).map { String(decoding: $0, as: UTF8.self) }
            let id = SQLValue.int(Int64(cells[0]) ?? 0)
            persons += [
                id, .int(1), since, .int(0), .text(cells[1]), .text("resident_id"), sealed(32), sealed(69),
                .date(day(cells[5])), .text(cells[4] == "F" ? "female" : "male"), sealed(32), sealed(62),
                .text(cells[7]), .text(outdoor.contains(cells[7]) ? "outdoor" : "office"), .text(cells[8]),
                .text("level_\(cells[3].last ?? "0")"), .int(0), .text(String(cells[2].prefix(6))), id, .text("head"),
                .int(1), .text("active"),
            ]
            let status = ["active": "active", "suspended": "reserved"][cells[10]] ?? "left"
            memberships += [
                id, .int(Int64(cells[6]) ?? 1), .int(1), since, .int(0), .text(status), .int(1), .date(day(cells[9])),
            ]
            let hardship = ["none", "monitoring", "relative", "deep"][Int(cells[11]) ?? 0]
            households += [
                id, .int(1), since, .int(0), .text("H\(cells[0])"), .text(hardship), .text("open"),
                .int(Int64(cells[12]) ?? 1), .int((Int64(cells[13]) ?? 0) * 12), .int(Int64(cells[6]) ?? 1),
            ]
        }
        try writer.insert(
            into: "person",
            columns: [
                "id", "revision", "valid_from", "recorded_at", "name", "id_type", "id_mac", "id_sealed", "birth_date",
                "sex", "mobile_mac", "mobile_sealed", "occupation", "exposure", "employment_form", "skill_level",
                "is_migrant", "hukou_area", "household", "household_role", "verified", "status",
            ], values: persons)
        try writer.insert(
            into: "membership",
            columns: [
                "person", "organization", "revision", "valid_from", "recorded_at", "status", "is_primary", "joined_on",
            ], values: memberships)
        try writer.insert(
            into: "household",
            columns: [
                "id", "revision", "valid_from", "recorded_at", "number", "hardship_class", "file_status", "size",
                "yearly_income", "organization",
            ], values: households)
    }
}

/// Bytes without a pattern, the same for the same seed (splitmix64).
private struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var found: [UInt8] = []
        found.reserveCapacity(count + 8)
        while found.count < count {
            state &+= 0x9E37_79B9_7F4A_7C15
            var bits = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
            withUnsafeBytes(of: bits ^ bits >> 31) { found.append(contentsOf: $0) }
        }
        return Array(found.prefix(count))
    }
}
