/// By what a preview tells people apart, beside the program itself.
public enum Dimension: String, Hashable, Sendable, CaseIterable {
    /// The home union.
    case organization
    case occupation
    /// The hardship class of the household.
    case hardshipClass = "class"

    /// How carefully the dimension is kept.
    public var sensitivity: FactDefinition.Sensitivity { self == .hardshipClass ? .economic : .plain }

    /// The fact of a kind of subject that tells its groups apart, and whether it is the subject's own or its household's; nil: none,
    /// or not read from a fact.
    func fact(of kind: SubjectKind) -> (name: String, isOwn: Bool)? {
        switch (self, kind) {
        case (.occupation, .person): ("occupation", true)
        case (.hardshipClass, .person), (.hardshipClass, .household): ("hardship_class", false)
        default: nil
        }
    }

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
    private let dimensions: [Dimension]

    init(_ kind: SubjectKind, _ dimensions: [Dimension]) {
        self.dimensions = dimensions.filter { $0 == .organization || $0.fact(of: kind) != nil }
    }

    /// The group of each line of a block, by dimension.
    mutating func groups(of block: Sweep.Block, in reader: any StoreReader) throws -> [Dimension: [Int32]] {
        var found: [Dimension: [Int32]] = [:]
        for dimension in dimensions {
            if dimension == .organization {
                found[dimension] = try groups(of: block.lines.homes, in: reader)
            } else if let texts = block.groups[dimension] {
                found[dimension] = numbers(of: texts, dimension)
            }
        }
        return found
    }

    /// The group of each of some rows, by their home unions (0: none) and by what is written of them otherwise.
    mutating func groups(homes: [Int64], texts: [Dimension: [String?]], in reader: any StoreReader) throws
        -> [Dimension: [Int32]]
    {
        var found: [Dimension: [Int32]] = [:]
        for dimension in dimensions {
            if dimension == .organization {
                found[dimension] = try groups(of: homes, in: reader)
            } else if let names = texts[dimension] {
                found[dimension] = names.map { number($0 ?? "-", of: dimension) }
            }
        }
        return found
    }

    /// Numbers texts, each distinct one once.
    private mutating func numbers(of texts: FactTexts, _ dimension: Dimension) -> [Int32] {
        let without = number("-", of: dimension)
        var numbers = [Int32](repeating: -1, count: texts.ends.count)
        return texts.indexes.map { text in
            guard text != FactTexts.absent else { return without }
            if numbers[Int(text)] < 0 { numbers[Int(text)] = number(texts.text(text) ?? "-", of: dimension) }
            return numbers[Int(text)]
        }
    }

    /// Numbers organisations, each distinct one of a block once.
    private mutating func groups(of homes: [Int64], in reader: any StoreReader) throws -> [Int32] {
        var distinct = DistinctNumbers()
        var numbers: [Int32] = []
        return try homes.map { organization in
            let number = distinct.number(of: organization)
            if number == numbers.count { numbers.append(try home(organization, in: reader)) }
            return numbers[number]
        }
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
