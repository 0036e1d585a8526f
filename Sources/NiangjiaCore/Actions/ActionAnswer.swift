/// What an action may say: the fields that it declares, of their types, and nothing secret.
struct ActionAnswer {
    let definition: ActionDefinition
    let manifest: Manifest
    let secrets: [(field: String, value: Value)]
    let caller: Caller

    init(
        _ definition: ActionDefinition, _ manifest: Manifest, secrets: [(field: String, value: Value)],
        for caller: Caller
    ) {
        self.definition = definition
        self.manifest = manifest
        self.secrets = secrets
        self.caller = caller
    }

    func checked(_ value: ActionValue) throws -> [String: Value] {
        let open = try opened(value)
        guard let members = open.map else {
            throw NiangjiaError(.pluginFailed, zh: "answer 应为一组字段", en: "an answer is a table of fields")
        }
        let checked: [String: Value]
        do {
            checked = try FieldCheck.check(
                members.filter { !$0.value.isNull }, against: definition.answers, at: "/answers")
        } catch {
            throw NiangjiaError(
                .pluginFailed, zh: "answer 与清单的 answers 不符:\(error.message.zh)",
                en: "the answer isn't what the manifest declares: \(error.message.en)",
                place: manifest.place("actions"))
        }
        try refuseSecrets(.map(checked), under: "")
        return checked
    }

    /// References as their text; what is closed is opened for a caller who may read it.
    private func opened(_ value: ActionValue) throws -> Value {
        switch value {
        case .plain(let value): return value["ref"].text.map { .text($0) } ?? value
        case .list(let items): return .list(try items.map(opened))
        case .map(let members):
            if let reference = members["ref"]?.text { return .text(reference) }
            return .map(try members.mapValues(opened))
        case .closed(let closed):
            guard closed.isOpen(to: caller) else {
                throw NiangjiaError(
                    .forbidden, zh: "answer 中有您不能读取的文字或附件",
                    en: "the answer holds a text or a file that you may not read")
            }
            return closed.value
        }
    }

    /// A value under the name of a secret field, or a text that is a secret's, gives a secret away.
    private func refuseSecrets(_ value: Value, under name: String) throws(NiangjiaError) {
        let leaks = secrets.first { secret in
            if secret.value == value, secret.field == name { return true }
            guard let text = secret.value.text, let said = value.text else { return false }
            return text == said
        }
        if let leaks {
            throw NiangjiaError(
                .forbidden, zh: "answer 含有保密字段 \(leaks.field) 的内容",
                en: "the answer gives away the secret field \(leaks.field)",
                place: manifest.place("records"))
        }
        switch value {
        case .list(let items): for item in items { try refuseSecrets(item, under: name) }
        case .map(let members):
            for (key, member) in members.sorted(by: { $0.key < $1.key }) { try refuseSecrets(member, under: key) }
        default: return
        }
    }
}
