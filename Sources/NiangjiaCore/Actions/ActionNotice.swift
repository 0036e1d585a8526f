/// A notice that an action sends: a text of the manifest with typed values, to parties of one case.
struct ActionNotice: Sendable {
    var message: String
    var text: LocalText
    var params: [String: Value]
    var about: ID<CaseFile>
    var recipients: [String]

    /// Puts it into the outbox, once a day for the same words to the same recipient about the same case.
    func send(_ asking: ActionRoom.Asking, _ change: ChangeContext, in writer: any StoreWriter) throws {
        let digest = Hex.text(Array(change.crypto.digest(Array(Value.map(params).json.utf8)).prefix(8)))
        for recipient in recipients {
            try Outbox.put(
                "notice",
                dedupe: "notice/\(asking.manifest.id)/\(message)/\(about.text)/\(recipient)/\(digest)/\(change.today)",
                to: recipient,
                body: [
                    "case": .text(about.text), "program": .text(asking.program.id), "message": .text(message),
                    "text": [
                        "zh-CN": .text(ReasonText.fill(text.zh, params)),
                        "en": .text(ReasonText.fill(text.en, params)),
                    ],
                ], change, in: writer)
        }
    }
}

/// Texts with typed places for values: `{days:integer}`.
public enum MessageText {
    private static let types: [String: FieldType] = [
        "integer": .integer, "date": .date, "money": .money, "rate": .rate,
    ]

    /// The pieces of a text: plain ones, and places with name and type.
    private static func pieces(_ text: String) -> [(plain: String, name: String?, type: String?)] {
        var found: [(String, String?, String?)] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let parts = rest[rest.index(after: open)..<close].split(separator: ":", maxSplits: 1).map(String.init)
            found.append((String(rest[..<open]), parts.first, parts.count == 2 ? parts[1] : nil))
            rest = rest[rest.index(after: close)...]
        }
        found.append((String(rest), nil, nil))
        return found
    }

    /// Throws `configuration` for a place without a type that may leave the host.
    public static func placeholders(_ text: LocalText, named message: String) throws(NiangjiaError) -> [String:
        FieldType]
    {
        var found: [String: FieldType] = [:]
        for piece in pieces(text.zh) + pieces(text.en) {
            guard let name = piece.name else { continue }
            guard let type = piece.type.flatMap({ types[$0] }) else {
                throw NiangjiaError(
                    .configuration, zh: "通知 \(message) 的占位符 {\(name)} 须写明类型: integer、date、money 或 rate",
                    en: "{\(name)} of the message \(message) needs a type: integer, date, money or rate",
                    place: "messages.\(message)")
            }
            found[name] = type
        }
        return found
    }
}
