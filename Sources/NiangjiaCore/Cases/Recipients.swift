/// Whom a notice about a case may go to: its parties, and whoever holds a role that its form names. Nobody else.
///
/// A recipient is `person:<id>`, `organization:<id>` or `account:<name>`; how it is reached is the outbox's affair.
struct Recipients {
    private let manifest: Manifest
    private let record: CaseRecord
    private let fields: Value
    private let reader: any StoreReader

    init(_ manifest: Manifest, _ record: CaseRecord, fields: [String: Value], in reader: any StoreReader) throws {
        self.manifest = manifest
        self.record = record
        self.fields = .map(fields)
        self.reader = reader
    }

    /// The recipients that roles and party words (`applicant`, `subject`, `unit`, `filer`) stand for, each once.
    func of(_ words: [String]) throws -> [String] {
        var found: [String] = []
        for word in words {
            for recipient in try of(word) where !found.contains(recipient) { found.append(recipient) }
        }
        return found
    }

    private func of(_ word: String) throws -> [String] {
        switch word {
        case "applicant": return record.applicant.map { ["person:\($0.text)"] } ?? []
        case "filer": return ["account:\(record.filer)"]
        case "unit": return record.unit.map { ["organization:\($0.text)"] } ?? []
        case "subject":
            return record.lines.compactMap { line in
                switch line.subject.kind {
                case .person: "person:\(line.subject)"
                case .organization: "organization:\(line.subject)"
                default: nil
                }
            }
        case "clerk", "keeper":
            return (record.serving ?? record.unit ?? record.home).map { ["organization:\($0.text)"] } ?? []
        case let path where path.hasPrefix("own."):
            return RoleCheck.references(at: String(path.dropFirst(4)), in: fields).compactMap {
                Recipients.recipient($0)
            }
        case let role where manifest.roles[role] != nil:
            return try PluginRoles.holders(of: role, plugin: manifest.id, in: reader).map { "account:\($0)" }
        default: return []
        }
    }

    /// Whether a person or an organisation has a part in the case: it is about them, by them, or names them.
    func isParty(_ reference: String) -> Bool {
        let parties = (try? of(["applicant", "unit", "subject"])) ?? []
        guard let recipient = Recipients.recipient(reference) else { return false }
        return parties.contains(recipient) || Recipients.texts(in: fields).contains(reference)
    }

    static func recipient(_ reference: String) -> String? {
        if ID<Person>(reference) != nil { return "person:\(reference)" }
        return ID<Organization>(reference) != nil ? "organization:\(reference)" : nil
    }

    private static func texts(in value: Value) -> [String] {
        switch value {
        case .text(let text): [text]
        case .list(let items): items.flatMap(texts)
        case .map(let members): members.values.flatMap(texts)
        default: []
        }
    }
}
