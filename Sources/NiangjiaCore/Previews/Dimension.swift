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
        for dimension in read { found[dimension] = [Int32](repeating: number("-", of: dimension), count: lines.count) }
        let subjects = try SubjectReader(
            kind: kind, subjectFacts: read.contains(.occupation) ? ["occupation"] : [],
            householdFacts: read.contains(.hardshipClass) ? ["hardship_class"] : [])
        // In the order of the reader's facts.
        let ordered = [Dimension.occupation, .hardshipClass].filter { read.contains($0) }
        var after = lines.first - 1
        while after < lines.last {
            let page = try subjects.page(after: after, limit: Sweep.blockSize, filter: nil, in: reader)
            guard let end = page.ids.last else { break }
            let places = KeyOrder.places(of: lines.ids, in: page.ids)
            for (dimension, column) in zip(ordered, page.facts) {
                put(column.texts, places, dimension, into: &found)
            }
            after = end
        }
        return found
    }

    /// Numbers the texts of a page's column, each distinct one once, for the lines that are in the page.
    private mutating func put(
        _ texts: FactTexts, _ places: [Int32], _ dimension: Dimension, into found: inout [Dimension: [Int32]]
    ) {
        guard var groups = found.removeValue(forKey: dimension) else { return }
        var numbers = [Int32](repeating: -1, count: texts.ends.count)
        for (row, place) in places.enumerated() where place >= 0 {
            let text = texts.indexes[Int(place)]
            guard text != FactTexts.absent else { continue }
            if numbers[Int(text)] < 0 { numbers[Int(text)] = number(texts.text(text) ?? "-", of: dimension) }
            groups[row] = numbers[Int(text)]
        }
        found[dimension] = groups
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
