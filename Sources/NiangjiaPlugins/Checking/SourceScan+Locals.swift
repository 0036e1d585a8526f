import NiangjiaCore

/// What the names of a stretch of a script stand for.
struct NameScope {
    var form: FormDefinition?
    var names: [String: ScriptShape]
    /// Where a value was given a local name: it is followed under that name.
    var followed: Set<Int> = []
}

extension SourceScan {
    /// `local a, b = facts.household, list.pick(settings.tiers, …)`
    mutating func noteLocals(_ n: Int, _ scope: inout NameScope) {
        var at = n + 1
        var declared: [String] = []
        while let name = tokens[safe: at], name.kind == .name, name.text != "function" {
            declared.append(name.text)
            at += 1
            guard tokens[safe: at]?.text == "," else { break }
            at += 1
        }
        var found: [ScriptShape] = []
        if tokens[safe: at]?.text == "=" {
            repeat {
                let (shape, end) = value(at + 1, &scope)
                found.append(shape)
                at = end
            } while tokens[safe: at]?.text == "," && found.count < declared.count
        }
        for (n, name) in declared.enumerated() { scope.names[name] = found[safe: n] ?? .open }
    }

    /// `for _, row in ipairs(settings.tiers) do`
    mutating func noteLoop(_ n: Int, _ scope: inout NameScope) {
        let head = Array(tokens[n...].prefix(24).prefix { $0.text != "do" })
        guard head.count > 6, head[2].text == ",", head[4].text == "in", head[5].text == "ipairs",
            let list = scope.names[tokens[n + 7].text]
        else {
            for token in head.dropFirst().prefix(while: { $0.text != "in" && $0.text != "=" }) where token.kind == .name
            {
                scope.names[token.text] = .open
            }
            return
        }
        scope.names[head[1].text] = .open
        if case .list(let row) = walk(n + 7, list, scope, report: false).shape {
            scope.names[head[3].text] = row
        } else {
            scope.names[head[3].text] = .open
        }
    }

    /// What an expression is, where it is a path or a row picked from a list, and where it ends.
    private mutating func value(_ start: Int, _ scope: inout NameScope) -> (ScriptShape, Int) {
        var shape = ScriptShape.open
        var at = start
        if let name = tokens[safe: at], name.kind == .name, let known = scope.names[name.text] {
            (shape, at) = walk(at, known, scope, report: false)
        } else if tokens[safe: at]?.text == "list", ["pick", "step"].contains(tokens[safe: at + 2]?.text ?? ""),
            let known = scope.names[tokens[safe: at + 4]?.text ?? ""]
        {
            if case .list(let row) = walk(at + 4, known, scope, report: false).shape { shape = row }
            at += 3
            let from = at
            at = skip(at)
            if at == from { shape = .open }
        }
        // A call, or a name that isn't followed.
        guard at > start || tokens[safe: at]?.kind != .name else { return (.open, skipExpression(start)) }
        // Anything that goes on makes it another value: `a.b or c`, `a.b + 1`.
        let isEnd =
            tokens[safe: at].map { token in
                token.text == ","
                    || (token.kind == .name && !["and", "or", "not"].contains(token.text))
            } ?? true
        if isEnd { scope.followed.insert(start) }
        return isEnd ? (shape, at) : (.open, skipExpression(at))
    }

    /// Behind the bracket that opens at an index.
    func skip(_ open: Int) -> Int {
        var depth = 0
        for n in open..<tokens.count where tokens[n].kind == .symbol {
            if "([{".contains(tokens[n].text) { depth += 1 }
            if ")]}".contains(tokens[n].text) { depth -= 1 }
            if depth == 0 { return n + 1 }
        }
        return tokens.count
    }

    private func skipExpression(_ start: Int) -> Int {
        let starts: Set<String> = ["local", "if", "return", "for", "while", "end", "else", "elseif", "repeat", "until"]
        var at = start
        while at < tokens.count, tokens[at].text != ",", !starts.contains(tokens[at].text) {
            at = "([{".contains(tokens[at].text) && tokens[at].kind == .symbol ? skip(at) : at + 1
        }
        return at
    }
}
