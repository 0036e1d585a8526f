import NiangjiaCore

/// What a script reads of what its manifest declares, form by form.
struct ScriptUses {
    /// Stands for what is read outside of a form's own functions: it counts for every form.
    private static let anywhere = "*"
    private var read: [String: Set<String>] = [:]
    /// Tables that were handed on whole: whoever got them reads by name.
    private var handedOn: [String: Set<String>] = [:]
    /// Tables walked through name by name, or asked for a name that is computed.
    private var walked: [String: Set<String>] = [:]
    /// Every name that follows a dot, and every text.
    let names: Set<String>

    init(tokens: [LuaToken]) {
        names = Set(
            tokens.indices.filter { n in
                tokens[n].kind == .text || (tokens[n].kind == .name && n > 0 && tokens[n - 1].text == ".")
            }.map { tokens[$0].text })
    }

    mutating func note(_ table: String, _ member: String, in form: FormDefinition?) {
        if !table.isEmpty { read[form?.name ?? Self.anywhere, default: []].insert("\(table).\(member)") }
    }

    mutating func handOn(_ table: String, in form: FormDefinition?, isWalked: Bool) {
        if table.isEmpty { return }
        let key = form?.name ?? Self.anywhere
        if isWalked { walked[key, default: []].insert(table) } else { handedOn[key, default: []].insert(table) }
    }

    /// Whether a form's functions may read a member of a table; nil: any function.
    func reads(_ table: String, _ member: String, in form: FormDefinition?) -> Bool {
        let keys =
            form.map { [$0.name, Self.anywhere] } ?? Array(Set(read.keys).union(handedOn.keys).union(walked.keys))
        var above = [table]
        while let dot = above[above.count - 1].lastIndex(of: ".") {
            above.append(String(above[above.count - 1][..<dot]))
        }
        return keys.contains { key in
            read[key]?.contains("\(table).\(member)") == true
                || above.contains { walked[key]?.contains($0) == true }
                || (names.contains(member) && above.contains { handedOn[key]?.contains($0) == true })
        }
    }
}
