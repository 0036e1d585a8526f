/// By what a preview tells people apart, beside the program itself.
public enum Dimension: String, Hashable, Sendable, CaseIterable {
    /// The home union.
    case organization
    case occupation
    /// The hardship class of the household.
    case hardshipClass = "class"

    /// How carefully the dimension is kept.
    public var sensitivity: FactDefinition.Sensitivity { self == .hardshipClass ? .economic : .plain }

    /// The word that people see.
    public var title: LocalText {
        switch self {
        case .organization: LocalText(zh: "工会", en: "union")
        case .occupation: LocalText(zh: "职业", en: "occupation")
        case .hardshipClass: LocalText(zh: "困难类别", en: "hardship class")
        }
    }
}

/// Finds the groups to which the rows of a block belong.
struct GroupReader: Sendable {
    /// The names of groups, in the order in which they were met; `-`: none.
    private(set) var names: [Dimension: [String]] = [:]
    private var known: [Dimension: [String: Int32]] = [:]
    private var homes: [Int64: Int32] = [:]
    private let kind: SubjectKind
    private let dimensions: [Dimension]

    init(_ kind: SubjectKind, _ dimensions: [Dimension]) {
        self.kind = kind
        self.dimensions = dimensions.filter { dimension in
            switch dimension {
            case .organization: true
            case .occupation: kind == .person
            case .hardshipClass: kind == .person || kind == .household
            }
        }
    }

    /// The group of each line, by dimension.
    mutating func groups(of lines: BlockLines, in reader: any StoreReader) throws -> [Dimension: [Int32]] {
        var found: [Dimension: [Int32]] = [:]
        if dimensions.contains(.organization) {
            found[.organization] = try lines.homes.map { try home($0, in: reader) }
        }
        let read = dimensions.filter { $0 != .organization }
        guard !read.isEmpty, !lines.ids.isEmpty else { return found }
        let columns = read.map {
            $0 == .occupation ? "s.occupation" : kind == .person ? "h.hardship_class" : "s.hardship_class"
        }
        let joins =
            kind == .person && read.contains(.hardshipClass) ? " LEFT JOIN household h ON h.id = s.household" : ""
        for dimension in read { found[dimension] = [Int32](repeating: number("-", of: dimension), count: lines.count) }
        var row = 0
        let sql =
            "SELECT s.id, " + columns.joined(separator: ", ") + " FROM \(kind.rawValue) s" + joins
            + " WHERE s.id >= $1 AND s.id <= $2 ORDER BY s.id"
        try reader.forEach(sql, [.int(lines.first), .int(lines.last)]) { subject in
            let id = subject.int(0)
            while row < lines.count, lines.ids[row] < id { row += 1 }
            guard row < lines.count else { return false }
            guard lines.ids[row] == id else { return true }
            for (n, dimension) in read.enumerated() where !subject.isNull(n + 1) {
                found[dimension]?[row] = number(subject.text(n + 1), of: dimension)
            }
            return true
        }
        return found
    }

    private mutating func home(_ organization: Int64, in reader: any StoreReader) throws -> Int32 {
        if let known = homes[organization] { return known }
        let code = try reader.first("SELECT code FROM organization WHERE id = $1", [.int(organization)]) { $0.text(0) }
        let number = number(code ?? "-", of: .organization)
        homes[organization] = number
        return number
    }

    private mutating func number(_ name: String, of dimension: Dimension) -> Int32 {
        if let number = known[dimension]?[name] { return number }
        let number = Int32(names[dimension]?.count ?? 0)
        names[dimension, default: []].append(name)
        known[dimension, default: [:]][name] = number
        return number
    }
}
