/// An event of the chain that is complete but for its place in it.
public struct UnsealedEvent: Sendable {
    /// The id of its row: rising with time.
    public var id: Int64
    /// When it happened, in milliseconds.
    public var at: Int64
    /// What happened (``ChainEvent/kind``).
    public var kind: String
    /// Who did it: an account, a device, or the host.
    public var actor: String
    /// What it happened to: an id, or nothing.
    public var about: String
    /// The digest of salt and body.
    public var bodyDigest: [UInt8]
    /// Random bytes without which nobody can try bodies against the digest.
    public var salt: [UInt8]
    /// As canonical JSON.
    public var body: String

    var link: Link { Link(id: id, at: at, kind: kind, actor: actor, about: about, bodyDigest: bodyDigest) }
}

/// The keys of rows of sealed tables that a transaction has written, by table, each once and in the order of its first writing.
///
/// A row that was noted and isn't there any more was taken out; one that is as it was is sealed as it is.
public struct ChangedRows: Sendable {
    /// By the table's name, the columns of each key in order.
    public private(set) var keys: [String: [[SQLValue]]] = [:]
    private var known: [String: Set<[SQLValue]>] = [:]

    /// None yet.
    public init() {}

    /// Adds the key of a row.
    public mutating func add(_ key: [SQLValue], of table: String) {
        guard known[table, default: []].insert(key).inserted else { return }
        keys[table, default: []].append(key)
    }
}
