import NiangjiaCore

/// The shape of a value in a request or an answer. One description checks what comes in and is what the document says of it.
indirect enum Schema: Hashable, Sendable {
    /// Text of a format; so many characters (Unicode scalars) of it.
    case text(TextFormat, least: Int = 0, most: Int? = nil)
    case integer(ClosedRange<Int64>)
    /// Degrees and the like, in queries only: no float crosses a body.
    case number(ClosedRange<Int64>)
    case flag
    case list(Schema, most: Int? = nil)
    /// Members in the order in which the document tells them. A name that ends in `?` may be missing.
    case object([Member])
    /// Any names, all of one shape.
    case dictionary(Schema, most: Int? = nil)
    case nullable(Schema)
    /// A component of the document.
    case named(String, Schema)
    /// A component that is defined elsewhere: a shape that holds itself.
    case reference(String)
    /// What programs define themselves, in answers: forms' fields, settings, facts.
    case anything
    /// One of several shapes, no two of them of one kind.
    case union([Schema])
    /// With words and an example for whoever reads the document.
    case told(Schema, LocalText, example: Value?)

    /// A member of an object.
    struct Member: Hashable, Sendable {
        var name: String
        var schema: Schema
        var isRequired: Bool
    }

    /// Integers that JavaScript keeps exact.
    static let exact: ClosedRange<Int64> = -9_007_199_254_740_991...9_007_199_254_740_991

    // MARK: What is written often

    /// Money in an answer, in fen. Stands under a name that ends in `_fen`; HTTP answers the same in yuan beside it.
    static let fen = Schema.integer(exact)
    /// How many.
    static let count = Schema.integer(0...exact.upperBound)
    /// What an answer says in words.
    static let words = Schema.text(.free)
    /// A line that somebody writes: a reason, a remark.
    static let note = Schema.text(.lines, least: 1, most: 2_000)
    static let date = Schema.text(.date)
    static let instant = Schema.text(.instant)
    static let name = Schema.text(.name)
    static let code = Schema.text(.code)
    static let account = Schema.text(.account)
    /// Words in both languages.
    static let bothWords = Schema.named("LocalText", .members(["zh-CN": .words, "en": .words]))

    /// What a program's forms and actions are told: no fractions, and lists and objects so deep only.
    static let free = free(depth: 3)

    private static func free(depth: Int) -> Schema {
        let plain: [Schema] = [.flag, .integer(exact), .text(.lines, most: 10_000)]
        guard depth > 0 else { return .named("PlainValue", .nullable(.union(plain))) }
        let inner = free(depth: depth - 1)
        let name = depth == 3 ? "FormValue" : "FormValue\(depth)"
        return .named(name, .nullable(.union(plain + [.list(inner, most: 1_000), .dictionary(inner, most: 200)])))
    }

    /// Somebody's id, for examples: it is spelled as one, and is nobody's.
    static let person = IDText.encode(prefix: "p", number: 12_345_678)

    static func id(_ prefixes: String...) -> Schema { .text(.id(prefixes)) }
    static func word(_ words: String...) -> Schema { .text(.word(words)) }
    /// One of the words of an enumeration, and of what else is said in its place.
    static func word<Words: CaseIterable & RawRepresentable<String>>(of _: Words.Type, or others: String...) -> Schema {
        .text(.word(Words.allCases.map(\.rawValue) + others))
    }
    static func digest(_ least: Int = 64) -> Schema { .text(.digest(least)) }

    /// An object; a name that ends in `?` may be missing.
    static func members(_ members: KeyValuePairs<String, Schema>) -> Schema {
        .object(
            members.map { name, schema in
                let isOptional = name.hasSuffix("?")
                return Member(
                    name: isOptional ? String(name.dropLast()) : name, schema: schema, isRequired: !isOptional)
            })
    }

    /// The members of an object and further ones.
    func and(_ further: KeyValuePairs<String, Schema>) -> Schema {
        guard case .object(let own) = bare, case .object(let others) = Schema.members(further) else { return self }
        return .object(own + others)
    }

    /// With words, and an example.
    func told(_ zh: String, _ en: String, _ example: Value? = nil) -> Schema {
        .told(self, LocalText(zh: zh, en: en), example: example)
    }

    /// Without name, words and example.
    var bare: Schema {
        switch self {
        case .named(_, let inner), .told(let inner, _, _): inner.bare
        default: self
        }
    }

    /// Whether it is a whole number, whatever it is called.
    var isInteger: Bool {
        if case .integer = bare { true } else { false }
    }

    /// The example that somebody wrote for it.
    var example: Value? {
        switch self {
        case .told(let inner, _, let example): example ?? inner.example
        case .named(_, let inner): inner.example
        default: nil
        }
    }
}
