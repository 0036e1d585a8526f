import CSQLite
import NiangjiaCore

/// How the rows of packs are looked for: what SQLite settles on while it prepares a statement, with the values of each run.
///
/// A search may find more than was asked: SQLite looks at each row again.
struct PackSearch {
    enum By: Int32 {
        case nothing, key, sorted, also
    }

    var by = By.nothing
    var from = Int64.min
    var to = Int64.max
    /// The value of ``Packing/within``; nil: any.
    var within: Int64?
    /// Nothing can be found: compared with null.
    var isEmpty = false
    /// From the greatest key to the least.
    var isDescending = false

    // The number that a plan is known by: the way in the low bits, then what it is given, in this order.
    private static let isEqual: Int32 = 4
    private static let hasFrom: Int32 = 8
    private static let hasTo: Int32 = 16
    private static let hasWithin: Int32 = 32
    private static let descends: Int32 = 64

    init(_ number: Int32, _ count: Int, _ arguments: UnsafeMutablePointer<OpaquePointer?>?) {
        by = By(rawValue: number & 3) ?? .nothing
        isDescending = number & PackSearch.descends != 0
        var next = 0
        func argument() -> OpaquePointer? {
            defer { next += 1 }
            return next < count ? arguments?[next] : nil
        }
        func integer() -> Int64? {
            let value = argument()
            return switch sqlite3_value_numeric_type(value) {
            case SQLITE_INTEGER: sqlite3_value_int64(value)
            case SQLITE_FLOAT: Int64(exactly: sqlite3_value_double(value))
            default: nil
            }
        }
        // A fraction, or what is no number, equals nothing; as a bound it leaves that side open, which finds more.
        if number & PackSearch.isEqual != 0 {
            if let value = integer() { (from, to) = (value, value) } else { isEmpty = true }
        }
        if number & PackSearch.hasFrom != 0 { from = integer() ?? .min }
        if number & PackSearch.hasTo != 0 { to = integer() ?? .max }
        if number & PackSearch.hasWithin != 0 {
            if let value = integer() { within = value } else { isEmpty = true }
        }
        isEmpty = isEmpty || from > to
    }

    /// The places of usable conditions on a column.
    private struct Conditions {
        var equal: Int?
        var from: Int?
        var to: Int?
    }

    /// Chooses how to search by the conditions that a statement offers.
    static func plan(_ info: inout sqlite3_index_info, for table: PackedTable) {
        var known: [Int32: Conditions] = [:]
        for place in 0..<Int(info.nConstraint) {
            guard let condition = info.aConstraint?[place], condition.usable != 0 else { continue }
            switch Int32(condition.op) {
            case SQLITE_INDEX_CONSTRAINT_EQ: known[condition.iColumn, default: Conditions()].equal = place
            case SQLITE_INDEX_CONSTRAINT_GE, SQLITE_INDEX_CONSTRAINT_GT:
                known[condition.iColumn, default: Conditions()].from = place
            case SQLITE_INDEX_CONSTRAINT_LE, SQLITE_INDEX_CONSTRAINT_LT:
                known[condition.iColumn, default: Conditions()].to = place
            default: break
            }
        }
        // The row id is the key.
        let key = known[0] ?? known[-1] ?? Conditions()
        let (sorted, also) = (known[table.sortedBy] ?? Conditions(), known[table.alsoBy] ?? Conditions())
        let within = known[table.within]?.equal
        if key.equal != nil {
            take(&info, .key, key, rows: 1, cost: 10)
            info.idxFlags = SQLITE_INDEX_SCAN_UNIQUE
        } else if sorted.equal != nil {
            take(&info, .sorted, sorted, within: within, rows: 2, cost: within == nil ? 60 : 20)
        } else if also.equal != nil {
            take(&info, .also, Conditions(equal: also.equal), rows: 4, cost: 100)
        } else if key.from != nil, key.to != nil {
            take(&info, .key, key, rows: 2_000, cost: 2_000)
        } else if sorted.from != nil, sorted.to != nil {
            take(&info, .sorted, sorted, within: within, rows: 4_000, cost: 4_000)
        } else if key.from != nil || key.to != nil {
            take(&info, .key, key, rows: 200_000, cost: 200_000)
        } else {
            take(&info, .nothing, Conditions(), rows: 1_000_000, cost: 1_000_000)
        }
    }

    private static func take(
        _ info: inout sqlite3_index_info, _ by: By, _ conditions: Conditions, within: Int? = nil, rows: Int64,
        cost: Double
    ) {
        var number = by.rawValue
        var next: Int32 = 0
        func give(_ place: Int?, _ flag: Int32) {
            guard let place else { return }
            next += 1
            info.aConstraintUsage[place].argvIndex = next
            number |= flag
        }
        if conditions.equal != nil {
            give(conditions.equal, isEqual)
        } else {
            give(conditions.from, hasFrom)
            give(conditions.to, hasTo)
        }
        give(within, hasWithin)
        // Packs in the order of their keys are rows in the order of theirs.
        if by == .key || by == .nothing, info.nOrderBy == 1, let order = info.aOrderBy?[0], order.iColumn <= 0 {
            info.orderByConsumed = 1
            if order.desc != 0 { number |= descends }
        }
        info.idxNum = number
        info.estimatedRows = rows
        info.estimatedCost = cost
    }
}
