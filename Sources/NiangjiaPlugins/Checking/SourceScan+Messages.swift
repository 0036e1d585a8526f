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
        for missing in known where !keys.contains(where: { $0.text == missing }) {
            add(
                .error, message.line, zh: "通知 \(message.text) 缺少 {\(missing)} 的值,请写 {\(missing) = …}",
                en: "the message \(message.text) needs a value for {\(missing)}; write {\(missing) = …}")
        }
    }
}
