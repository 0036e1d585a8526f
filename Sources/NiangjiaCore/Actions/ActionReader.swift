/// What an action may read, answered on one snapshot: what the manifest declares, the caller may see, and the purpose covers.
///
/// Every question is checked as if it came from an enemy: names, counts and types of arguments first.
final class ActionReader: @unchecked Sendable {  // used by the one thread that holds the snapshot
    let bundle: Bundle
    let plugin: Plugin
    let program: Program
    let definition: ActionDefinition
    let name: String
    let caller: Caller
    let crypto: any CryptoProvider
    let now: Instant
    private(set) var reads = ActionReads()
    private(set) var accesses: [ActionAccess] = []
    /// Values of secret fields that were read: no answer may hold them.
    private(set) var secrets: [(field: String, value: Value)] = []
    /// Sensitive values that were read (incomes, amounts of illness): no notice may carry them.
    private(set) var sensitive: [SensitiveValue] = []

    struct SensitiveValue: Sendable, Hashable {
        var value: Value
        /// `forms.apply.fields.income`
        var place: String
    }

    /// The last refusal, which ended the action.
    private(set) var refusal: NiangjiaError?

    /// No list is longer, whatever limit is asked for.
    static let longestList = 500

    init(
        bundle: Bundle, plugin: Plugin, program: Program, name: String, definition: ActionDefinition, caller: Caller,
        crypto: any CryptoProvider, now: Instant
    ) {
        self.bundle = bundle
        self.plugin = plugin
        self.program = program
        self.name = name
        self.definition = definition
        self.caller = caller
        self.crypto = crypto
        self.now = now
    }

    var manifest: Manifest { plugin.manifest }

    func noteRead(_ note: (inout ActionReads) -> Void) { note(&reads) }
    func noteAccess(_ about: String, _ fields: [String]) {
        let access = ActionAccess(about: about, fields: fields.joined(separator: ","))
        if !accesses.contains(access) { accesses.append(access) }
    }
    func noteSensitive(_ value: Value, _ place: String) {
        // A small number says nothing by being equal to another.
        switch value {
        case .int(let n) where n.magnitude >= 100: sensitive.append(.init(value: value, place: place))
        case .text: sensitive.append(.init(value: value, place: place))
        default: return
        }
    }
    func noteSecret(_ field: String, _ value: Value) { secrets.append((field, value)) }

    /// Answers a question, or says in the author's words why not.
    func answer(_ question: HostQuestion, in reader: any StoreReader) -> HostTelling {
        do {
            return .value(try told(HostArguments(question), in: reader))
        } catch {
            let error =
                error as? NiangjiaError
                ?? NiangjiaError(.internal, zh: "宿主读取出错", en: "the host could not read this", cause: "\(error)")
            refusal = error
            return .refusal(error.message)
        }
    }

    private func told(_ arguments: HostArguments, in reader: any StoreReader) throws -> ActionValue {
        switch arguments.name {
        case "record.get": try record(arguments, in: reader)
        case "record.list": try records(arguments, in: reader)
        case "case.get": try oneCase(arguments, in: reader)
        case "case.list": try cases(arguments, in: reader)
        case "member.get": try member(arguments, in: reader)
        case "member.find": try members(arguments, in: reader)
        case "member.memberships": try memberships(arguments, in: reader)
        case "station.get": try station(arguments, in: reader)
        case "station.near": try stationsNear(arguments, in: reader)
        case "station.is_open": try stationIsOpen(arguments, in: reader)
        case "station.visits": try stationVisits(arguments, in: reader)
        case "fund.available", "fund.spent", "fund.line": try fund(arguments, in: reader)
        default: throw arguments.unknown
        }
    }

    /// Whether the caller is one of the roles that a field names.
    func mayRead(_ field: Field, in reader: any StoreReader) throws -> Bool {
        if field.read.isEmpty || caller.isHost { return true }
        return try RoleCheck(caller, fields: .map([:])).may(field.read, record: nil, in: reader)
    }
}

/// The arguments of a question or proposal, read one by one with errors in the author's terms.
struct HostArguments {
    let name: String
    let values: [ActionValue]

    init(_ question: HostQuestion) {
        name = question.name
        values = question.arguments
    }

    init(_ name: String, _ values: [ActionValue]) {
        self.name = name
        self.values = values
    }

    subscript(index: Int) -> ActionValue { index < values.count ? values[index] : .null }

    func expect(_ most: Int) throws(NiangjiaError) {
        guard values.count <= most else {
            throw NiangjiaError(
                .invalid, zh: "\(name) 最多 \(most) 个参数,得到 \(values.count) 个",
                en: "\(name) takes at most \(most) arguments, got \(values.count)")
        }
    }

    func text(_ index: Int, _ what: String) throws(NiangjiaError) -> String {
        guard let text = self[index].text, text.utf8.count <= 200 else { throw wrong(index, what, "文本", "text") }
        return text
    }

    /// A reference: its text, or a row's `ref`.
    func reference<Entity>(_ index: Int, _ what: String, _ type: Entity.Type = Entity.self) throws(NiangjiaError)
        -> ID<Entity>
    {
        let text = self[index].text ?? self[index]["ref"].text
        guard let id = text.flatMap({ ID<Entity>($0) }) else {
            throw wrong(index, what, "\(Entity.idPrefix)-… 形式的编号", "a reference (\(Entity.idPrefix)-…)")
        }
        return id
    }

    /// An open map; none counts as empty.
    func map(_ index: Int, _ what: String) throws(NiangjiaError) -> [String: ActionValue] {
        if self[index] == .null { return [:] }
        guard let members = self[index].members else { throw wrong(index, what, "表", "a table") }
        return members
    }

    func openMap(_ index: Int, _ what: String, known: [String]? = nil) throws(NiangjiaError) -> [String: Value] {
        var open: [String: Value] = [:]
        for (key, value) in try map(index, what) {
            guard let value = value.open else { throw wrong(index, what, "可比较的值", "values that can be compared") }
            open[key] = value["ref"].isNull ? value : value["ref"]
            if let known, !known.contains(key) {
                throw NiangjiaError(
                    .invalid, zh: "\(name) 的 \(what) 没有 \(key),可写: \(known.joined(separator: "、"))",
                    en: "\(name): \(what) has no \(key); there are: \(known.joined(separator: ", "))")
            }
        }
        return open
    }

    func wrong(_ index: Int, _ what: String, _ zh: String, _ en: String) -> NiangjiaError {
        NiangjiaError(
            .invalid, zh: "\(name) 的第 \(index + 1) 个参数(\(what))应为\(zh)",
            en: "\(name): argument \(index + 1) (\(what)) must be \(en)")
    }

    var unknown: NiangjiaError {
        NiangjiaError(.invalid, zh: "没有 \(name)", en: "there is no \(name)")
    }
}
