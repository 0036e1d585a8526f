/// How rows of a table lie in columns, many to a pack, until something happens to one of them (docs/decisions/0064).
///
/// A pack is a row of ``packs``; the engine's driver shows what lies in all of them as a table, ``rows``, that nobody writes to.
/// Packs are told apart by ``within`` and a layer; those of one layer don't overlap by ``sortedBy``, and rows rise by it.
public struct Packing: Sendable, Hashable {
    /// The table of the packs.
    public var packs: String
    /// The packed rows as a table. Nobody else has the name.
    public var rows: String
    /// The columns that are packed, integers all; the first is the key, by which rows rise too.
    public var columns: [String]
    /// The column by which rows of a pack rise, and by whose ranges packs are found.
    public var sortedBy: String
    /// The column that is the same in all rows of a pack.
    public var within: String
    /// Another column by which rows are found: packs hold the least and greatest of it.
    public var alsoBy: String

    /// A packing of these columns.
    public init(packs: String, rows: String, columns: [String], sortedBy: String, within: String, alsoBy: String) {
        self.packs = packs
        self.rows = rows
        self.columns = columns
        self.sortedBy = sortedBy
        self.within = within
        self.alsoBy = alsoBy
    }

    /// The table of the packs.
    public func table(proof: Proof) -> Table {
        Table(
            packs, key: ["id"], proof: proof,
            [
                // The least and greatest key: no other row of the packed table has one between.
                Column("id", .int), Column("last", .int),
                Column(within, .int), Column("layer", .int, check: "layer > 0"),
                Column("first_" + sortedBy, .int), Column("last_" + sortedBy, .int),
                Column("first_" + alsoBy, .int, nullable: true), Column("last_" + alsoBy, .int, nullable: true),
                // The rows, column by column (``PackedRows``).
                Column("cells", .blob),
            ],
            unique: [.init([within, "layer", "last_" + sortedBy, "first_" + sortedBy])],
            index: [.init(["last_" + alsoBy, "first_" + alsoBy], where: "last_\(alsoBy) IS NOT NULL")])
    }
}

extension StoreWriter {
    /// Inserts rows as one pack. All columns of the packing must be set, with the key and ``Packing/sortedBy`` rising.
    ///
    /// Throws `internal` where they don't rise, or where a layer would overlap.
    func insert(_ rows: BulkRows, into packing: Packing) throws {
        guard let cells = PackedRows.encode(rows, packing.columns) else {
            throw Packing.fault("columns that can't be packed")
        }
        let packed = try PackedRows(cells, columns: packing.columns.count)
        guard let place = packing.place(of: packed) else { throw Packing.fault("rows that don't rise") }
        // The rows of one writing follow on one another; the next writing begins a layer of its own.
        let newest = try first(
            """
            SELECT layer, last_\(packing.sortedBy) FROM \(packing.packs) WHERE \(packing.within) = $1
            ORDER BY layer DESC, last_\(packing.sortedBy) DESC LIMIT 1
            """, [.int(place.within)]
        ) { (layer: $0.int(0), last: $0.int(1)) }
        if let newest, !Packing.layers.contains(newest.layer) { throw StoreError.damaged("\(packing.packs): a layer") }
        let layer = newest.map { $0.last < place.sorted.lowerBound ? $0.layer : $0.layer + 1 } ?? 1
        try insert(
            into: packing.packs,
            columns: [
                "id", "last", packing.within, "layer", "first_" + packing.sortedBy, "last_" + packing.sortedBy,
                "first_" + packing.alsoBy, "last_" + packing.alsoBy, "cells",
            ],
            values: [
                .int(place.key.lowerBound), .int(place.key.upperBound), .int(place.within), .int(layer),
                .int(place.sorted.lowerBound), .int(place.sorted.upperBound), .optional(place.also?.lowerBound),
                .optional(place.also?.upperBound), .blob(cells),
            ])
    }

    /// The keys of the pack in which a row lies; nil where it has a row of its own, or is none.
    ///
    /// Throws ``StoreError/damaged(_:)`` for a pack that doesn't hold what it is found by: nothing may be done to its rows.
    func pack(of key: Int64, in packing: Packing) throws -> ClosedRange<Int64>? {
        let newest = "(SELECT MAX(id) FROM \(packing.packs) WHERE id <= $1)"
        // Hardly any row lies in a pack: the cells are read only where one does.
        let found = try first("SELECT id, last FROM \(packing.packs) WHERE id = \(newest)", [.int(key)]) {
            (first: $0.int(0), last: $0.int(1))
        }
        guard let found, key <= found.last || found.last < found.first else { return nil }
        let pack =
            try first("\(packing.selected) WHERE id = \(newest)", [.int(key)]) { row in
                packing.rows(row).flatMap { packing.keys(of: $0, foundBy: row) }
            } ?? nil
        guard let pack else { throw StoreError.damaged("\(packing.packs): the pack of \(key)") }
        return pack
    }
}

extension Packing {
    /// Far more than are ever written: a layer beyond is none of ours.
    fileprivate static let layers = Int64(1)..<1 << 40

    /// Where a pack is found.
    fileprivate func place(of rows: PackedRows) -> (
        key: ClosedRange<Int64>, within: Int64, sorted: ClosedRange<Int64>, also: ClosedRange<Int64>?
    )? {
        guard let keys = rising(rows, columns[0]), let sorted = rising(rows, sortedBy),
            let column = columns.firstIndex(of: alsoBy), let withins = columns.firstIndex(of: within),
            let within = rows.value(withins, row: 0)
        else { return nil }
        var also: ClosedRange<Int64>?
        for row in 0..<rows.count {
            guard rows.value(withins, row: row) == within else { return nil }
            guard let value = rows.value(column, row: row) else { continue }
            also = min(also?.lowerBound ?? value, value)...max(also?.upperBound ?? value, value)
        }
        return (keys, within, sorted, also)
    }

    fileprivate var selected: String {
        """
        SELECT id, last, \(within), layer, first_\(sortedBy), last_\(sortedBy), first_\(alsoBy), last_\(alsoBy), cells
        FROM \(packs)
        """
    }

    /// The rows of a pack, from the columns of ``selected``; nil where they can't be read.
    fileprivate func rows(_ row: any StoreRow) -> PackedRows? {
        try? PackedRows(row.blob(8), columns: columns.count)
    }

    /// The keys of a pack's rows; nil where they aren't what the columns of ``selected`` say.
    fileprivate func keys(of rows: PackedRows, foundBy row: any StoreRow) -> ClosedRange<Int64>? {
        guard let place = place(of: rows) else { return nil }
        let isTold =
            place.key.lowerBound == row.int(0) && place.key.upperBound == row.int(1) && place.within == row.int(2)
            && Packing.layers.contains(row.int(3)) && place.sorted.lowerBound == row.int(4)
            && place.sorted.upperBound == row.int(5) && place.also?.lowerBound == row.intOrNil(6)
            && place.also?.upperBound == row.intOrNil(7)
        return isTold ? place.key : nil
    }

    /// Packs that aren't what they are found by, by their first keys.
    public struct Faults: Sendable, Hashable {
        /// Nothing can be read of these: every question that meets one fails.
        public var unreadable: [Int64] = []
        /// These don't hold what they are found by, or overlap another of their layer.
        public var misplaced: [Int64] = []
    }

    /// Reads every pack and compares it with what it is found by.
    public func faults(in reader: any StoreReader) throws -> Faults {
        var faults = Faults()
        var before: (within: Int64, layer: Int64, last: Int64)?
        try reader.forEach("\(selected) ORDER BY \(within), layer, first_\(sortedBy)", []) { row in
            let overlaps =
                before.map { $0.within == row.int(2) && $0.layer == row.int(3) && $0.last >= row.int(4) } ?? false
            before = (row.int(2), row.int(3), row.int(5))
            guard let rows = rows(row) else {
                faults.unreadable.append(row.int(0))
                return true
            }
            if overlaps || keys(of: rows, foundBy: row) == nil { faults.misplaced.append(row.int(0)) }
            return true
        }
        return faults
    }

    private func rising(_ rows: PackedRows, _ name: String) -> ClosedRange<Int64>? {
        guard let column = columns.firstIndex(of: name), let first = rows.value(column, row: 0) else { return nil }
        var last = first
        for row in 1..<max(rows.count, 1) {
            guard let value = rows.value(column, row: row), value > last else { return nil }
            last = value
        }
        return first...last
    }

    fileprivate static func fault(_ cause: String) -> NiangjiaError {
        NiangjiaError(.internal, zh: "数据无法写入。", en: "The data can't be written.", cause: cause)
    }
}
