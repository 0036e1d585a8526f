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
        var bytes: [UInt8] = []
        try table.connection.ask("SELECT cells FROM \(table.packing.packs.quoted) WHERE id = ?", [key]) { row in
            bytes = row.blob(0)
            return false
        }
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
        case .nothing: return try ids("SELECT id FROM \(packs) ORDER BY id", [])
        case .key:
            // Packs don't overlap: the last that begins at or before the first key may hold it.
            return try ids(
                """
                SELECT id FROM \(packs) WHERE id >= coalesce((SELECT max(id) FROM \(packs) WHERE id <= ?1), ?1) \
                AND id <= ?2 ORDER BY id
                """, [search.from, search.to])
        case .also:
            let also = table.packing.alsoBy
            return try ids(
                """
                SELECT id FROM \(packs) WHERE last_\(also) >= ?1 AND first_\(also) <= ?1 AND last_\(also) IS NOT NULL \
                ORDER BY id
                """, [search.from])
        case .sorted: return try sortedPacks()
        }
    }

    private func ids(_ sql: String, _ arguments: [Int64]) throws(StoreError) -> [Int64] {
        var found: [Int64] = []
        try table.connection.ask(sql, arguments) { row in
            found.append(row.int(0))
            return true
        }
        return found
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
        let (wanted, end) = (search.within, search.to)
        while true {
            var next: (within: Int64, layer: Int64)?
            try table.connection.ask(nextLayer, [place.within, place.layer]) { row in
                next = (row.int(0), row.int(1))
                return false
            }
            guard let next, wanted == nil || next.within == wanted else { return found }
            place = next
            try table.connection.ask(inLayer, [place.within, place.layer, search.from]) { row in
                guard row.int(0) <= end else { return false }
                found.append(row.int(1))
                return true
            }
        }
    }
}

extension Connection {
    /// Asks a question of the driver's own with integers; the closure says whether it goes on.
    fileprivate func ask(_ sql: String, _ arguments: [Int64], _ body: (Statement) -> Bool) throws(StoreError) {
        let statement = try statement(sql, positional: true)
        defer { giveBack(statement) }
        for (place, argument) in arguments.enumerated() {
            sqlite3_bind_int64(statement.handle, Int32(place + 1), argument)
        }
        while try step(statement) {
            guard body(statement) else { break }
        }
    }
}
