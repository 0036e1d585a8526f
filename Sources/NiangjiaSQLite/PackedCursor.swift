import CSQLite
import NiangjiaCore

/// Goes through the rows that a search finds, pack by pack.
final class PackedCursor {
    let table: PackedTable
    private var search = PackSearch(0, 0, nil)
    /// The keys of the packs that are still to be read, the next one last.
    private var waiting: [Int64] = []
    private var rows: PackedRows?
    /// The row that it stands on, and those that are looked for.
    private var row = 0
    private var wanted = 0..<0

    init(_ table: PackedTable) { self.table = table }

    var isAtEnd: Bool { rows == nil }

    func value(_ column: Int) -> Int64? { rows?.value(column, row: row) }

    func start(_ search: PackSearch) throws(StoreError) {
        self.search = search
        rows = nil
        waiting = []
        guard !search.isEmpty else { return }
        waiting = try packs()
        if !search.isDescending { waiting.reverse() }
        try readPack()
        try settle()
    }

    func next() throws(StoreError) {
        row += search.isDescending ? -1 : 1
        try settle()
    }

    /// Goes on to a row that is looked for, in this pack or the next.
    private func settle() throws(StoreError) {
        while let rows {
            if search.by == .also {
                while row < wanted.upperBound, rows.value(Int(table.alsoBy), row: row) != search.from { row += 1 }
            }
            if wanted.contains(row) { return }
            try readPack()
        }
    }

    private func readPack() throws(StoreError) {
        rows = nil
        guard let key = waiting.popLast() else { return }
        let bytes = try table.connection.firstBlob(
            "SELECT cells FROM \(table.packing.packs.quoted) WHERE id = ?", key)
        guard let found = try? PackedRows(bytes, columns: table.packing.columns.count) else {
            throw .damaged("the pack \(key) can't be read")
        }
        rows = found
        wanted =
            switch search.by {
            case .key: wanted(of: found, 0)
            case .sorted: wanted(of: found, Int(table.sortedBy))
            case .also, .nothing: 0..<found.count
            }
        row = search.isDescending ? wanted.upperBound - 1 : wanted.lowerBound
    }

    private func wanted(of found: PackedRows, _ column: Int) -> Range<Int> {
        let first = search.from > .min ? found.firstRow(column, notBelow: search.from) : 0
        let end = search.to < .max ? found.firstRow(column, notBelow: search.to + 1) : found.count
        return first..<max(first, end)
    }

    // MARK: finding packs

    private func packs() throws(StoreError) -> [Int64] {
        let packs = table.packing.packs.quoted
        switch search.by {
        case .nothing: return try table.connection.integers("SELECT id FROM \(packs) ORDER BY id", [], width: 1)
        case .key:
            // Packs don't overlap: the last that begins at or before the first key may hold it.
            return try table.connection.integers(
                """
                SELECT id FROM \(packs) WHERE id >= coalesce((SELECT max(id) FROM \(packs) WHERE id <= ?1), ?1) \
                AND id <= ?2 ORDER BY id
                """, [search.from, search.to], width: 1)
        case .also:
            let also = table.packing.alsoBy
            return try table.connection.integers(
                """
                SELECT id FROM \(packs) WHERE last_\(also) >= ?1 AND first_\(also) <= ?1 AND last_\(also) IS NOT NULL \
                ORDER BY id
                """, [search.from], width: 1)
        case .sorted: return try sortedPacks()
        }
    }

    /// Layer by layer, as the packs of one don't overlap: one step into the index for each, and on while they still reach.
    private func sortedPacks() throws(StoreError) -> [Int64] {
        let (packs, within, sorted) = (table.packing.packs.quoted, table.packing.within, table.packing.sortedBy)
        let nextLayer = """
            SELECT \(within), layer FROM \(packs) WHERE (\(within), layer) > (?1, ?2) ORDER BY \(within), layer LIMIT 1
            """
        let inLayer = """
            SELECT first_\(sorted), id FROM \(packs) WHERE \(within) = ?1 AND layer = ?2 AND last_\(sorted) >= ?3 \
            ORDER BY last_\(sorted)
            """
        var found: [Int64] = []
        var place = (within: search.within ?? .min, layer: Int64.min)
        while true {
            let next = try table.connection.integers(nextLayer, [place.within, place.layer], width: 2)
            guard next.count == 2, search.within == nil || next[0] == search.within else { return found }
            place = (next[0], next[1])
            let end = search.to
            found += try table.connection.integers(inLayer, [place.within, place.layer, search.from], width: 2) {
                $0 <= end
            }
        }
    }
}

extension Connection {
    /// The integers of a query of the driver's own. With a width of 2, the first of each row decides whether it and what follows
    /// are wanted, and the second is kept; without such a question, both are.
    fileprivate func integers(
        _ sql: String, _ arguments: [Int64], width: Int, while goesOn: ((Int64) -> Bool)? = nil
    ) throws(StoreError) -> [Int64] {
        let statement = try statement(sql, positional: true)
        defer { giveBack(statement) }
        for (place, argument) in arguments.enumerated() {
            sqlite3_bind_int64(statement.handle, Int32(place + 1), argument)
        }
        var found: [Int64] = []
        while try step(statement) {
            let first = sqlite3_column_int64(statement.handle, 0)
            if let goesOn {
                guard goesOn(first) else { break }
            } else {
                found.append(first)
            }
            if width == 2 { found.append(sqlite3_column_int64(statement.handle, 1)) }
        }
        return found
    }

    fileprivate func firstBlob(_ sql: String, _ argument: Int64) throws(StoreError) -> [UInt8] {
        let statement = try statement(sql, positional: true)
        defer { giveBack(statement) }
        sqlite3_bind_int64(statement.handle, 1, argument)
        guard try step(statement), let start = sqlite3_column_blob(statement.handle, 0) else { return [] }
        return [UInt8](
            UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement.handle, 0))))
    }
}
