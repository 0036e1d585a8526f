import NiangjiaCore

/// Names that the script asks for and the manifest doesn't declare would be errors in the first case that comes; here they are
/// found before, through simple local names too (`local home = facts.household`).
extension SourceScan {
    /// A function of the script, with what its parameters are.
    struct Region {
        /// Nil: a function of the script's own, for any form.
        var form: FormDefinition?
        /// What the names stand for at its start.
        var names: [String: ScriptShape]
        var range: Range<Int>
    }

    /// `program.assess.<form>` and the like each for itself, and what lies between.
    var regions: [Region] {
        let shapes = ScriptShapes(manifest: manifest)
        let general = ["facts": shapes.facts(nil), "settings": shapes.settings, "context": shapes.context]
        var found: [Region] = []
        var at = 0
        var from = 0
        while at < tokens.count {
            guard tokens[at].text == "function", tokens[at].kind == .name else {
                at += 1
                continue
            }
            let end = endOfBlock(at)
            if from < at { found.append(Region(form: nil, names: general, range: from..<at)) }
            var region = Region(form: nil, names: general, range: at..<end)
            if tokens[safe: at + 1]?.text == "program", let form = manifest.forms[tokens[safe: at + 5]?.text ?? ""],
                ["assess", "recheck"].contains(tokens[safe: at + 3]?.text ?? "")
            {
                region.form = form
                region.names = [:]
                let parameters = tokens[(at + 6)...].prefix { $0.text != ")" }.filter { $0.kind == .name }
                for (name, shape) in zip(parameters, [shapes.facts(form), shapes.settings, shapes.context]) {
                    region.names[name.text] = shape
                }
            }
            if tokens[safe: at + 1]?.text == "program", tokens[safe: at + 3]?.text == "action",
                let action = manifest.actions[tokens[safe: at + 5]?.text ?? ""]
            {
                region.names = [:]
                let parameters = tokens[(at + 6)...].prefix { $0.text != ")" }.filter { $0.kind == .name }
                for (name, shape) in zip(parameters, [shapes.input(action), shapes.settings, shapes.context]) {
                    region.names[name.text] = shape
                }
            }
            found.append(region)
            (at, from) = (end, end)
        }
        if from < tokens.count { found.append(Region(form: nil, names: general, range: from..<tokens.count)) }
        return found
    }

    /// The index behind the `end` of the function at an index.
    private func endOfBlock(_ start: Int) -> Int {
        var depth = 0
        for n in start..<tokens.count where tokens[n].kind == .name {
            if ["function", "if", "do", "repeat"].contains(tokens[n].text) { depth += 1 }
            if ["end", "until"].contains(tokens[n].text) { depth -= 1 }
            if depth == 0 { return n + 1 }
        }
        return tokens.count
    }

    mutating func checkNames() {
        for region in regions {
            var names = region.names
            for n in region.range where tokens[n].kind == .name {
                if tokens[n].text == "local" { noteLocals(n, &names) }
                if tokens[n].text == "for" { noteLoop(n, &names) }
                guard let shape = names[tokens[n].text], isStart(n) else { continue }
                if tokens[safe: n + 1]?.text == "=", tokens[safe: n + 2]?.text != "=", tokens[n - 1].text != "~" {
                    // Written again: what it is now isn't followed.
                    if !["{", ",", "local"].contains(tokens[n - 1].text) { names[tokens[n].text] = .open }
                    continue
                }
                walk(n, shape, report: true)
            }
        }
    }

    private func isStart(_ n: Int) -> Bool {
        guard let before = tokens[safe: n - 1] else { return true }
        return before.kind == .text || ![".", ":"].contains(before.text)
    }

    /// Follows `a.b.c` from a name; what it leads to, and the index behind it.
    @discardableResult
    private mutating func walk(_ start: Int, _ shape: ScriptShape, report: Bool) -> (shape: ScriptShape, end: Int) {
        var shape = shape
        var at = start + 1
        while tokens[safe: at]?.text == ".", tokens[safe: at]?.kind == .symbol, let name = tokens[safe: at + 1],
            name.kind == .name
        {
            if case .table(let members, let words) = shape {
                if let next = members[name.text] {
                    shape = next
                } else {
                    if report { unknown(name, members, words) }
                    return (.open, at + 2)
                }
            } else {
                shape = .open
            }
            at += 2
        }
        if tokens[safe: at]?.text == "[" { return (.open, at) }
        if report, case .words(let words) = shape { compare(start, at, words) }
        return (shape, at)
    }

    private mutating func unknown(_ name: LuaToken, _ members: [String: ScriptShape], _ words: LocalText) {
        let near = Nearest.to(name.text, among: members.keys)
        let list = members.keys.sorted().joined(separator: ", ")
        add(
            .error, name.line, zh: "\(words.zh) \(name.text)" + (near.map { ",是不是 \($0)?" } ?? "") + ";有: \(list)",
            en: "\(words.en) \(name.text)" + (near.map { "; did you mean \($0)?" } ?? "") + "; there are: \(list)")
    }

    /// `fact == "word"`, either way round, with a word that the fact never is.
    private mutating func compare(_ start: Int, _ end: Int, _ words: [String]) {
        func isComparison(_ first: Int) -> Bool {
            ["=", "~"].contains(tokens[safe: first]?.text ?? "") && tokens[safe: first + 1]?.text == "="
        }
        var other: LuaToken?
        if isComparison(end) { other = tokens[safe: end + 2] }
        if other == nil, start >= 3, isComparison(start - 2) { other = tokens[start - 3] }
        guard let other, other.kind == .text, !words.contains(other.text) else { return }
        let name = tokens[start..<end].map(\.text).joined()
        let near = Nearest.to(other.text, among: words)
        let list = words.joined(separator: ", ")
        add(
            .error, other.line,
            zh: "\(name) 不会是 \"\(other.text)\"" + (near.map { ",是不是 \($0)?" } ?? "") + ";可能是: \(list)",
            en: "\(name) is never \"\(other.text)\"" + (near.map { "; did you mean \($0)?" } ?? "")
                + "; it may be: \(list)")
    }

    /// `local a, b = facts.household, list.pick(settings.tiers, …)`
    private mutating func noteLocals(_ n: Int, _ names: inout [String: ScriptShape]) {
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
                let (shape, end) = value(at + 1, names)
                found.append(shape)
                at = end
            } while tokens[safe: at]?.text == "," && found.count < declared.count
        }
        for (n, name) in declared.enumerated() { names[name] = found[safe: n] ?? .open }
    }

    /// `for _, row in ipairs(settings.tiers) do`
    private mutating func noteLoop(_ n: Int, _ names: inout [String: ScriptShape]) {
        let head = Array(tokens[n...].prefix(24).prefix { $0.text != "do" })
        guard head.count > 6, head[2].text == ",", head[4].text == "in", head[5].text == "ipairs",
            let list = names[tokens[n + 7].text]
        else {
            for token in head.dropFirst().prefix(while: { $0.text != "in" && $0.text != "=" }) where token.kind == .name
            {
                names[token.text] = .open
            }
            return
        }
        names[head[1].text] = .open
        if case .list(let row) = walk(n + 7, list, report: false).shape {
            names[head[3].text] = row
        } else {
            names[head[3].text] = .open
        }
    }

    /// What an expression is, where it is a path or a row picked from a list, and where it ends.
    private mutating func value(_ start: Int, _ names: [String: ScriptShape]) -> (ScriptShape, Int) {
        var shape = ScriptShape.open
        var at = start
        if let name = tokens[safe: at], name.kind == .name, let known = names[name.text] {
            (shape, at) = walk(at, known, report: false)
        } else if tokens[safe: at]?.text == "list", ["pick", "step"].contains(tokens[safe: at + 2]?.text ?? ""),
            let known = names[tokens[safe: at + 4]?.text ?? ""]
        {
            if case .list(let row) = walk(at + 4, known, report: false).shape { shape = row }
            at += 3
            let from = at
            at = skip(at)
            if at == from { shape = .open }
        }
        // Anything that goes on makes it another value: `a.b or c`, `a.b + 1`.
        let isEnd =
            tokens[safe: at].map { token in
                token.text == ","
                    || (token.kind == .name && !["and", "or", "not"].contains(token.text))
            } ?? true
        return isEnd ? (shape, at) : (.open, skipExpression(at))
    }

    /// Behind the bracket that opens at an index.
    private func skip(_ open: Int) -> Int {
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

    mutating func checkUnusedSettings() {
        let named = Set(tokens.filter { $0.kind != .symbol }.map(\.text)).union(settingsOfManifest)
        for setting in manifest.settings where !named.contains(setting.name) {
            addToManifest(
                .warning, zh: "设置 \(setting.name) 声明了但没有用到", en: "setting \(setting.name) is declared and never used")
        }
    }

    /// Settings that the manifest itself refers to (`{setting: min_unit_share}`).
    private var settingsOfManifest: Set<String> {
        var found: Set<String> = []
        func note<Literal>(_ value: Configured<Literal>?) {
            if case .setting(let name) = value { found.insert(name) }
        }
        for form in manifest.forms.values {
            note(form.together?.atLeast)
            note(form.places?.count)
            note(form.delivery?.withinDays)
            for stage in form.stages { note(stage.within) }
        }
        return found
    }
}
