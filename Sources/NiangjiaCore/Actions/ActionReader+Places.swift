/// Stations, and the money of the program.
extension ActionReader {
    private static let columns = "id, code, name, kind, status, latitude, longitude, hours, organization"

    private struct Place {
        var id: Int64
        var shown: [String: Value]
        var point: Coordinate?
        var hours: OpeningHours?
    }

    private static func place(_ row: any StoreRow) throws -> Place {
        // Rules count points in microdegrees; the register in tenths of them.
        let (lat, lon) = (row.int(5), row.int(6))
        let shown: [String: Value] = [
            "ref": .text(row.id(0, Station.self).text), "code": .text(row.text(1)), "name": .text(row.text(2)),
            "kind": .text(row.text(3)), "status": .text(row.text(4)),
            "point": ["lat": .int(lat / 10), "lon": .int(lon / 10)],
            "organization": row.idOrNil(8, Organization.self).map { ["ref": .text($0.text)] } ?? .null,
        ]
        return Place(
            id: row.int(0), shown: shown,
            point: Coordinate(latitude: Double(lat) / 1e7, longitude: Double(lon) / 1e7, frame: .wgs84),
            hours: (try? Value(json: row.text(7))).flatMap { try? OpeningHours($0) })
    }

    private func place(coded code: String, in reader: any StoreReader) throws -> Place {
        let id = ID<Station>(code)
        let found = try reader.first(
            "SELECT \(ActionReader.columns) FROM station WHERE " + (id == nil ? "code = $1" : "id = $1"),
            [id.map { .id($0) } ?? .text(code)], ActionReader.place)
        guard let found else {
            throw NiangjiaError(.notFound, zh: "没有站点 \(code)", en: "there is no station \(code)")
        }
        return found
    }

    func station(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(1)
        let found = try place(coded: arguments.text(0, "code"), in: reader)
        return .plain(.map(found.shown.merging(["facilities": try facilities(found.id, in: reader)]) { own, _ in own }))
    }

    private func facilities(_ station: Int64, in reader: any StoreReader) throws -> Value {
        .list(
            try reader.all(
                "SELECT code FROM station_facility WHERE station = $1 AND state = 'ok' ORDER BY code", [.int(station)]
            ) { .text($0.text(0)) })
    }

    func stationsNear(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(2)
        let point = try arguments.openMap(0, "point", known: ["lat", "lon"])
        let options = try arguments.openMap(1, "options", known: ["within_m", "facility", "limit"])
        guard let lat = point["lat"]?.int, let lon = point["lon"]?.int, abs(lat) <= 90_000_000, abs(lon) <= 180_000_000,
            let centre = Coordinate(latitude: Double(lat) / 1e6, longitude: Double(lon) / 1e6, frame: .wgs84)
        else { throw arguments.wrong(0, "point", "坐标 {lat, lon}(微度)", "a point {lat, lon} in microdegrees") }
        let within = min(max(options["within_m"]?.int ?? 3_000, 1), 50_000)
        let limit = min(max(Int(clamping: options["limit"]?.int ?? 20), 1), 100)
        // A degree of latitude is about 111.2 km; a box that is wide enough for China's longitudes, then true distances.
        let high = within * 10_000_000 / 111_195
        let rows = try reader.all(
            """
            SELECT \(ActionReader.columns) FROM station WHERE latitude BETWEEN $1 AND $2 AND longitude BETWEEN $3 AND $4 \
            AND status = 'open'
            """,
            [.int(lat * 10 - high), .int(lat * 10 + high), .int(lon * 10 - high * 3), .int(lon * 10 + high * 3)],
            ActionReader.place)
        var found: [(metres: Int64, code: String, shown: [String: Value])] = []
        for row in rows {
            guard let metres = row.point.map({ Int64(centre.metres(to: $0).rounded()) }), metres <= within else {
                continue
            }
            let has = try facilities(row.id, in: reader)
            if let facility = options["facility"], has.list?.contains(facility) != true { continue }
            found.append(
                (
                    metres, row.shown["code"]?.text ?? "",
                    row.shown.merging(["metres": .int(metres), "facilities": has]) { own, _ in own }
                ))
        }
        return .list(
            found.sorted { ($0.metres, $0.code) < ($1.metres, $1.code) }.prefix(limit).map { .plain(.map($0.shown)) })
    }

    func stationIsOpen(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(2)
        let found = try place(coded: arguments.text(0, "code"), in: reader)
        guard let instant = Instant(try arguments.text(1, "instant")) else {
            throw arguments.wrong(1, "instant", "时刻", "an instant")
        }
        return .plain(.bool(found.shown["status"] == "open" && (found.hours?.isOpen(at: instant) ?? false)))
    }

    /// How many came between two dates; never who.
    func stationVisits(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(2)
        let found = try place(coded: arguments.text(0, "code"), in: reader)
        let filter = try arguments.openMap(1, "where", known: ["from", "to", "kind"])
        var conditions = "station = $1"
        var values: [SQLValue] = [.int(found.id)]
        for (name, sql) in [("from", "day >= "), ("to", "day <= ")] {
            guard let value = filter[name] else { continue }
            guard let date = value.date else { throw arguments.wrong(1, name, "日期", "a date") }
            values.append(.date(date))
            conditions += " AND \(sql)$\(values.count)"
        }
        if let kind = filter["kind"]?.text {
            values.append(.text(kind))
            conditions += " AND kind = $\(values.count)"
        }
        return .plain(.int(try reader.integer("SELECT SUM(count) FROM visit WHERE " + conditions, values) ?? 0))
    }

    /// The money of the program's own lines, for staff.
    func fund(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        try arguments.expect(arguments.name == "fund.line" ? 1 : 0)
        guard caller.isHost || caller.permissions.contains(.seeMoney) || caller.permissions.contains(.seeCases) else {
            throw NiangjiaError(.forbidden, zh: "您没有查看资金的权限", en: "you may not look at funds")
        }
        let lines = Set(program.base.funding.map(\.line) + program.forms.values.flatMap { $0.funding.map(\.line) })
        if arguments.name == "fund.line" {
            let id = try arguments.text(0, "id")
            guard lines.contains(id) else {
                throw NiangjiaError(
                    .forbidden, zh: "\(id) 不是本项目的资金", en: "\(id) is no fund line of this program",
                    place: "config/programs/\(program.id).yaml: funding")
            }
            let line = try Ledger.available(lines: [id], in: reader)[id] ?? .zero
            return .plain([
                "id": .text(id), "available": .int(line.fen), "spent": .int(try spent([id], in: reader).fen),
            ])
        }
        if arguments.name == "fund.spent" { return .plain(.int(try spent(lines, in: reader).fen)) }
        let all = try Ledger.available(lines: lines.sorted(), in: reader)
        return .plain(.int(all.values.reduce(.zero, +).fen))
    }

    private func spent(_ lines: Set<String>, in reader: any StoreReader) throws -> Money {
        try lines.reduce(.zero) { sum, line in
            let balance = try reader.integer(
                "SELECT SUM(balance) FROM ledger_account WHERE line = $1 AND stage = 'paid'", [.text(line)])
            return sum + Money(fen: balance ?? 0)
        }
    }
}
