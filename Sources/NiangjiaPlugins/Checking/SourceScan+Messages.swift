import NiangjiaCore

/// Notices that an action sends, held against the manifest's `messages`: their names, and the values that their texts name.
extension SourceScan {
    mutating func checkMessages() {
        var sent: Set<String> = []
        var isOpen = false
        for n in tokens.indices
        where tokens[n].text == "notify" && tokens[n].kind == .name && tokens[safe: n + 2]?.text == "send" {
            guard tokens[safe: n + 3]?.text == "(" else { continue }
            let arguments = arguments(at: n + 3)
            checkRecipient(arguments.first)
            guard let named = arguments[safe: 1], named.count == 1, tokens[named.lowerBound].kind == .text else {
                // Which message it is shows only when it runs.
                isOpen = true
                continue
            }
            let message = tokens[named.lowerBound]
            sent.insert(message.text)
            guard let text = manifest.messages[message.text] else {
                let near = Nearest.to(message.text, among: manifest.messages.keys)
                add(
                    .error, message.line,
                    zh: "plugin.yaml 的 messages 中没有 \(message.text)" + (near.map { ",是不是 \($0)?" } ?? ""),
                    en: "messages in plugin.yaml has no \(message.text)" + (near.map { "; did you mean \($0)?" } ?? ""))
                continue
            }
            checkValues(of: message, text, arguments[safe: 2])
        }
        guard !isOpen else { return }
        for name in manifest.messages.keys.sorted() where !sent.contains(name) {
            addToManifest(
                .warning, at: "messages.\(name)", zh: "通知 \(name) 声明了但没有发出", en: "the message \(name) is never sent")
        }
    }

    /// Whoever is told is a party of the case or holds a role; a reference that the script has read isn't known here.
    private mutating func checkRecipient(_ argument: Range<Int>?) {
        guard let argument, argument.count == 1, tokens[argument.lowerBound].kind == .text else { return }
        let token = tokens[argument.lowerBound]
        let known = ["applicant", "subject", "unit", "filer", "clerk", "keeper"] + manifest.roles.keys.sorted()
        let isReference = ID<Person>(token.text) != nil || ID<Organization>(token.text) != nil
        guard !known.contains(token.text), !token.text.hasPrefix("own."), !isReference else { return }
        let near = Nearest.to(token.text, among: known)
        let list = known.joined(separator: ", ")
        add(
            .error, token.line,
            zh: "通知没有收件人 \(token.text)" + (near.map { ",是不是 \($0)?" } ?? ";可写: \(list)"),
            en: "a notice has no recipient \(token.text)"
                + (near.map { "; did you mean \($0)?" } ?? "; may be: \(list)"))
    }

    /// A value that is written out has the type of its place in the text; what is computed shows when it runs.
    private mutating func checkTypes(
        of message: LuaToken, _ placeholders: [String: FieldType], _ given: Range<Int>
    ) {
        for n in given
        where tokens[n].kind == .name && tokens[safe: n + 1]?.text == "="
            && ["{", ",", ";"].contains(tokens[n - 1].text)
        {
            guard let type = placeholders[tokens[n].text], let value = tokens[safe: n + 2],
                [",", ";", "}"].contains(tokens[safe: n + 3]?.text ?? "")
            else { continue }
            let isRight: Bool
            switch value.kind {
            case .text: isRight = type == .date && CivilDate(value.text) != nil
            case .number: isRight = type != .date && !value.text.contains(".")
            case .name where ["true", "false", "nil"].contains(value.text): isRight = false
            default: continue
            }
            guard !isRight else { continue }
            let (zh, en) = type == .date ? ("日期,如 \"2026-07-15\"", "a date like \"2026-07-15\"") : ("整数", "an integer")
            add(
                .error, value.line, zh: "通知 \(message.text) 的占位符 {\(tokens[n].text)} 应为\(zh),不是 \(value.text)",
                en: "{\(tokens[n].text)} of the message \(message.text) must be \(en), not \(value.text)")
        }
    }

    /// The values given beside a message are those that its text names.
    private mutating func checkValues(of message: LuaToken, _ text: LocalText, _ given: Range<Int>?) {
        // A text whose places have no type is told where the manifest is read.
        guard let placeholders = try? MessageText.placeholders(text, named: message.text) else { return }
        var keys: [LuaToken] = []
        if let given {
            guard let found = self.keys(of: given) else { return }
            keys = found
        }
        let known = placeholders.keys.sorted()
        for key in keys where !known.contains(key.text) {
            let near = Nearest.to(key.text, among: known)
            add(
                .error, key.line,
                zh: "通知 \(message.text) 的文字中没有占位符 {\(key.text)}" + (near.map { ",是不是 {\($0)}?" } ?? ""),
                en: "the text of the message \(message.text) names no {\(key.text)}"
                    + (near.map { "; did you mean {\($0)}?" } ?? ""))
        }
        if let given { checkTypes(of: message, placeholders, given) }
        for missing in known where !keys.contains(where: { $0.text == missing }) {
            add(
                .error, message.line, zh: "通知 \(message.text) 缺少 {\(missing)} 的值,请写 {\(missing) = …}",
                en: "the message \(message.text) needs a value for {\(missing)}; write {\(missing) = …}")
        }
    }
}
