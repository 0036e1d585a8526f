import NiangjiaCore

/// Decisions that are written and don't count: not returned, without what their reason says, or of an amount that nobody gets.
extension SourceScan {
    static let constructors: Set<String> = ["grant", "limit", "refuse", "incomplete", "review", "revoke"]

    /// `refuse("CODE")` without `return` decides nothing.
    mutating func checkStatements() {
        let ends: Set<String> = [
            ")", "}", "]", ";", "then", "do", "else", "end", "repeat", "true", "false", "nil", "break",
        ]
        for (n, token) in tokens.enumerated() where token.kind == .name && Self.constructors.contains(token.text) {
            guard let next = tokens[safe: n + 1], next.text == "(" || next.kind == .text else { continue }
            if let before = tokens[safe: n - 1] {
                let isValue =
                    before.kind == .text || before.kind == .number
                    || (before.kind == .name && !Self.keywords.contains(before.text))
                guard isValue || (before.kind != .text && ends.contains(before.text)) else { continue }
            }
            add(
                .warning, token.line, zh: "\(token.text)(…) 前没有 return,这个裁定不起作用",
                en: "\(token.text)(…) is not returned: it decides nothing")
        }
    }

    /// An amount on a form that gives nothing would be shown and never paid.
    mutating func checkAmounts() {
        for region in regions {
            guard let form = region.form, form.gives.kind.values.allSatisfy({ $0 == .nothing }) else { continue }
            for n in region.range where tokens[n].kind == .name && ["grant", "limit"].contains(tokens[n].text) {
                guard tokens[safe: n + 1]?.text == "(", let first = tokens[safe: n + 2],
                    first.kind != .text, !["{", ")", "0", "nil"].contains(first.text)
                else { continue }
                add(
                    .error, first.line,
                    zh: "表单 \(form.name) 没有写 gives,这里的金额不会给付;请写 gives: {kind: money, to: subject, when: approved}",
                    en:
                        "form \(form.name) says no gives, so this amount is never paid; write gives: {kind: money, to: subject, when: approved}"
                )
            }
        }
    }

    /// A grant of nothing, written as such, on a form that gives money or goods: whoever gets it counts as served, and gets nothing.
    mutating func checkNothing() {
        for region in regions {
            guard let form = region.form, form.gives.givesValue else { continue }
            for n in region.range where tokens[n].kind == .name && tokens[n].text == "grant" {
                guard tokens[safe: n + 1]?.text == "(",
                    let first = arguments(at: n + 1).first.map({ tokens[$0.lowerBound] })
                        ?? tokens[safe: n + 2], let next = tokens[safe: n + 3]
                else { continue }
                let isAlone = [",", ")"].contains(next.text)
                let isZero =
                    isAlone
                    && (first.kind == .number && first.text == "0" || first.kind == .name && first.text == "nil")
                let isBare = first.kind == .symbol && [")", "{"].contains(first.text)
                guard isZero || isBare else { continue }
                add(
                    .error, tokens[n].line,
                    zh: "表单 \(form.name) 给付钱物,这里却没有金额:请写金额,没有可给的写 refuse 或 limit(0, 原因)",
                    en:
                        "form \(form.name) gives money or goods, and this grant has no amount: write one, or refuse, or limit(0, reason) where there is nothing to give"
                )
            }
        }
    }

    /// Parameters written beside a literal code are those that the reason's text names.
    mutating func checkParameters() {
        for (n, token) in tokens.enumerated() where token.kind == .name {
            guard let position = Self.codeArgument[token.text], tokens[safe: n + 1]?.text == "(" else { continue }
            let arguments = arguments(at: n + 1)
            guard let code = arguments[safe: position], code.count == 1, tokens[code.lowerBound].kind == .text,
                let reason = manifest.reasons[tokens[code.lowerBound].text]
            else { continue }
            let name = tokens[code.lowerBound].text
            let given: [LuaToken]
            if let table = arguments[safe: position + 1] {
                guard let keys = keys(of: table) else { continue }
                given = keys
            } else {
                given = []
            }
            let known = reason.placeholders.keys.sorted()
            for key in given where !known.contains(key.text) {
                let near = Nearest.to(key.text, among: known)
                add(
                    .error, key.line, zh: "原因 \(name) 的文字中没有参数 \(key.text)" + (near.map { ",是不是 \($0)?" } ?? ""),
                    en: "the text of \(name) names no parameter \(key.text)"
                        + (near.map { "; did you mean \($0)?" } ?? ""))
            }
            for missing in known where !given.contains(where: { $0.text == missing }) {
                add(
                    .error, token.line, zh: "原因 \(name) 缺少参数 \(missing),请写 {\(missing) = …}",
                    en: "reason \(name) needs the parameter \(missing); write {\(missing) = …}")
            }
        }
    }

    /// The ranges of the arguments of a call whose `(` stands at an index.
    func arguments(at open: Int) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var depth = 0
        var from = open + 1
        for n in open..<tokens.count where tokens[n].kind == .symbol {
            if "([{".contains(tokens[n].text) { depth += 1 }
            if ")]}".contains(tokens[n].text) { depth -= 1 }
            if depth == 0 || (depth == 1 && tokens[n].text == ",") {
                if from < n { found.append(from..<n) }
                from = n + 1
            }
            if depth == 0 { break }
        }
        return found
    }

    /// The keys of a table that is written out (`{days = 3}`); nil where the argument is something else.
    func keys(of range: Range<Int>) -> [LuaToken]? {
        guard tokens[range.lowerBound].text == "{", tokens[range.upperBound - 1].text == "}" else { return nil }
        var found: [LuaToken] = []
        var depth = 0
        for n in range {
            if tokens[n].kind == .symbol, "([{".contains(tokens[n].text) {
                depth += 1
                if depth == 2, tokens[n].text == "[", ["{", ","].contains(tokens[n - 1].text) { return nil }
            }
            if tokens[n].kind == .symbol, ")]}".contains(tokens[n].text) { depth -= 1 }
            if depth == 1, tokens[n].kind == .name, ["{", ",", ";"].contains(tokens[n - 1].text),
                tokens[safe: n + 1]?.text == "="
            {
                found.append(tokens[n])
            }
        }
        return found
    }
}
